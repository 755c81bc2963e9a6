import type {Knex} from 'knex'
import {decryptionFailedText, decryptValue} from '../../crypto/secret-values.js'
import type {Row} from '../../db/database.js'
import {TextMatch} from '../../db/text-match.js'
import {PiError} from '../../errors.js'
import {epochMicroseconds, givenDate, readDate, storedDate} from '../../python/dates.js'
import {pythonInteger} from '../../python/integers.js'
import {PythonRegex} from '../../python/regex.js'
import {parseTimedelta} from '../../python/timedelta.js'
import {completeRecords, type RecordPart, type TokenRecord} from '../tokens/record.js'
import {compileCondition} from './compile.js'
import type {Condition} from './condition.js'
import {conditionOf, givenInteger, readFlag, type Comparators, type TokenFilters} from './filters.js'
import type {SelectionEnv} from './select.js'

/** Types that the servers know; tokens of others are passed over (spec/05-tokens-core.md §3). */
const knownTypes = new Set(
  (
    'hotp totp daypassword motp daplug spass pw registration applspec paper tan yubikey yubico ocra tiqr vasco 4eyes ' +
    'question indexedsecret sms email push radius remote sshkey certificate u2f webauthn passkey hmac deprecated'
  ).split(' '),
)

/** Columns of `token` in the order in which the original names them. */
export const legacyColumns = [
  'id',
  'description',
  'serial',
  'tokentype',
  'user_pin',
  'user_pin_iv',
  'so_pin',
  'so_pin_iv',
  'pin_seed',
  'otplen',
  'pin_hash',
  'key_enc',
  'key_iv',
  'maxfail',
  'active',
  'revoked',
  'locked',
  'failcount',
  'count',
  'count_window',
  'sync_window',
  'rollout_state',
] as const

/** Columns that the original never compares. */
const hiddenColumns = new Set<string>([
  'user_pin',
  'user_pin_iv',
  'so_pin',
  'so_pin_iv',
  'pin_seed',
  'pin_hash',
  'key_enc',
  'key_iv',
])
const booleanColumns = new Set<string>(['active', 'locked', 'revoked'])

type Check = (record: TokenRecord) => Promise<boolean> | boolean

export interface LegacyOptions {
  filters: TokenFilters
  /** As given: not a number is a failure, 0 finds nothing, below 0 is no limit. */
  chunkSize?: number | undefined
  /** Count a user store that fails as proof that the owner is gone, as 3.8 does. */
  orphanedOnError: boolean
  parts: Iterable<RecordPart>
  /** A new page begins. */
  onPage: () => void
  /** Before the first token of a page and after each. */
  onToken: (counts: {processed: number; found: number}) => void
}

/** Tokens that the database reads at a time when the original reads all at once. */
const pageSize = 1000

/**
 * Selects tokens as 3.8 does (spec/03-cli.md §B.1.1): type, active and assigned in SQL, then one token after the other by
 * each filter in order. Yields the pages of the original: one without chunks, possibly in several pieces of which only
 * the last is marked `complete`.
 * @throws PiError USAGE, for what ends the original with a traceback
 */
export async function* selectLegacy(
  env: SelectionEnv,
  {filters, chunkSize, orphanedOnError, parts, onPage, onToken}: LegacyOptions,
): AsyncIterable<{records: TokenRecord[]; complete: boolean}> {
  const checks = checksOf(env, filters, orphanedOnError)
  const sql = compileCondition(databaseFilter(filters), {match: new TextMatch(env.db.dialect), schema: env.db.schema})
  const build = (query: Knex.QueryBuilder) => {
    if (sql) query.whereRaw(sql.sql, [...sql.bindings] as Knex.RawBinding[])
  }
  const wanted = new Set<RecordPart>([...parts, 'info', 'owners'])
  const chunked = chunkSize !== undefined && chunkSize > 0
  if (chunkSize === 0) return

  let processed = 0
  let found = 0
  const begin = () => {
    processed = 0
    found = 0
    onPage()
    onToken({processed, found})
  }
  if (!chunked) begin()
  for await (const page of env.db.pages<Row>('token', {size: chunked ? chunkSize : pageSize, build})) {
    if (chunked) begin()
    const known = page.filter((row) => knownTypes.has(String(row['tokentype'] ?? '').toLowerCase()))
    const records: TokenRecord[] = []
    for (const record of await completeRecords(env.db, known, wanted)) {
      const passes = await all(checks, record)
      if (passes) records.push(record)
      processed += 1
      if (passes) found += 1
      onToken({processed, found})
    }
    yield {records, complete: chunked}
  }
  if (!chunked) yield {records: [], complete: true}
}

async function all(checks: readonly Check[], record: TokenRecord): Promise<boolean> {
  for (const check of checks) if (!(await check(record))) return false
  return true
}

/** The filters that the original gives to the database. */
function databaseFilter({tokentype, active, assigned}: TokenFilters): Condition {
  const flags = {active: legacyFlag('active', active), assigned: legacyFlag('assigned', assigned)}
  // An asterisk makes `%` and `_` wildcards, too, because the original does not escape them.
  const like: Condition[] =
    tokentype !== undefined && tokentype.includes('*') && !/^\**$/.test(tokentype)
      ? [
          {
            kind: 'field',
            field: {of: 'token', column: 'tokentype'},
            test: {op: 'like', like: tokentype.toLowerCase().replaceAll('!', '!!').replaceAll('*', '%')},
          },
        ]
      : []
  const equal = tokentype?.includes('*') ? undefined : tokentype
  return {kind: 'all', of: [...like, conditionOf({...flags, tokentype: equal}, new Date(0))]}
}

/** What nobody means by a boolean is false, as in the original; `none` is no filter. */
function legacyFlag(name: string, text: string | undefined): string | undefined {
  try {
    readFlag(name, text)
    return text
  } catch {
    return 'false'
  }
}

function checksOf(env: SelectionEnv, filters: TokenFilters, orphanedOnError: boolean): Check[] {
  const checks: Check[] = []
  const {lastAuth, serial, description, attributeName} = filters
  const now = env.now()
  if (lastAuth !== undefined) checks.push(lastAuthCheck(lastAuth, now))
  if (serial !== undefined && serial !== '') checks.push(regexCheck(serial, ({token}) => token.serial))
  if (description !== undefined && description !== '') {
    checks.push(regexCheck(description, ({token}) => token.description))
  }
  const hasKey = (record: TokenRecord, key: string) => record.info.some((info) => info.key === key)
  for (const key of filters.hasNotInfo ?? []) checks.push((record) => !hasKey(record, key))
  for (const key of filters.hasInfo ?? []) checks.push((record) => hasKey(record, key))
  if (filters.infoKey && hasComparator(filters.info)) checks.push(infoCheck(env, filters.infoKey, filters.info!, now))
  if (attributeName && hasComparator(filters.attribute)) checks.push(attributeCheck(attributeName, filters.attribute!))
  const orphaned = filters.orphaned?.toUpperCase()
  if (orphaned === '1' || orphaned === 'TRUE' || orphaned === '0' || orphaned === 'FALSE') {
    checks.push(orphanCheck(env, orphaned === '1' || orphaned === 'TRUE', orphanedOnError))
  }
  return checks
}

function hasComparator(comparators: Comparators | undefined): boolean {
  return comparators !== undefined && Object.values(comparators).some((value) => value !== undefined && value !== '')
}

function regexCheck(pattern: string, textOf: (record: TokenRecord) => string): Check {
  const regex = new PythonRegex(pattern)
  return (record) => regex.search(textOf(record))
}

/** Tokens that were never used are passed over; a date that cannot be read counts as old. */
function lastAuthCheck(span: string, now: Date): Check {
  return ({info}) => {
    const last = info.find(({key}) => key === 'last_auth')
    if (!last) return false
    const border = now.getTime() * 1000 - parseTimedelta(span) * 1_000_000
    const date = readDate(last.value, {today: now})
    return date === undefined || epochMicroseconds(date, 'utc') < border
  }
}

function infoCheck(env: SelectionEnv, key: string, comparators: Comparators, now: Date): Check {
  const tests: ((value: string) => boolean)[] = []
  const {value, greaterThan, lessThan, after, before} = comparators
  if (value) tests.push(searches(value))
  if (greaterThan) tests.push(compares(greaterThan, 1))
  if (lessThan) tests.push(compares(lessThan, -1))
  if (after) tests.push(comparesDate(key, after, 1, now))
  if (before) tests.push(comparesDate(key, before, -1, now))
  return async ({info}) => {
    const entry = info.find((candidate) => candidate.key === key)
    if (!entry) return false
    const text = entry.type === 'password' ? await decrypted(env, entry.value) : entry.value
    return tests.every((test) => test(text))
  }
}

async function decrypted(env: SelectionEnv, value: string): Promise<string> {
  try {
    return await decryptValue(await env.security(), value)
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
    return decryptionFailedText
  }
}

function searches(pattern: string): (value: string) => boolean {
  const regex = new PythonRegex(pattern)
  return (value) => regex.search(value)
}

function compares(given: string, sign: -1 | 1): (value: string) => boolean {
  const limit = givenInteger(given)
  return (value) => {
    const number = pythonInteger(value)
    return number !== undefined && (sign === 1 ? number > limit : number < limit)
  }
}

function comparesDate(key: string, given: string, sign: -1 | 1, now: Date): (value: string) => boolean {
  const limit = givenDate(given, {today: now, ambiguous: 'month-first'})
  return (value) => {
    const time = key === 'last_auth' ? lastAuthTime(value, now) : storedDate(value, now)
    return time !== undefined && (time - limit) * sign > 0
  }
}

/** @throws PiError USAGE for a date without zone, where the original fails */
function lastAuthTime(value: string, now: Date): number | undefined {
  const date = readDate(value, {today: now})
  if (!date) return undefined
  if (date.offsetSeconds === undefined) {
    throw new PiError('USAGE', `The stored last_auth '${value}' has no time zone.`, {
      hints: ['pi-manage token-janitor find takes such dates as UTC'],
    })
  }
  return epochMicroseconds(date, 'utc')
}

function attributeCheck(name: string, {value, greaterThan, lessThan}: Comparators): Check {
  const above = greaterThan ? compares(greaterThan, 1) : undefined
  const below = lessThan ? compares(lessThan, -1) : undefined
  const regex = value ? new LazyRegex(value) : undefined
  return ({row, token}) => {
    const stored = row[name]
    if (hiddenColumns.has(name) || stored === null || stored === undefined) return false
    const isNumber = typeof stored === 'number' || booleanColumns.has(name)
    const text = booleanColumns.has(name) ? booleanText(token[name as 'active']) : String(stored)
    if (value) {
      const matches = isNumber ? BigInt(text) === givenInteger(value) : regex!.search(text)
      if (!matches) return false
    }
    return (above?.(text) ?? true) && (below?.(text) ?? true)
  }
}

function booleanText(value: boolean): string {
  return value ? '1' : '0'
}

/** A pattern that is only read when a text is compared: for numbers the same option means an integer. */
class LazyRegex {
  readonly #pattern: string
  #regex: PythonRegex | undefined

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  search(text: string): boolean {
    this.#regex ??= new PythonRegex(this.#pattern)
    return this.#regex.search(text)
  }
}

function orphanCheck(env: SelectionEnv, wanted: boolean, onError: boolean): Check {
  return async ({owners}) => {
    const [owner] = owners
    const check = await env.owners()
    const state = await check.stateOf(owner)
    // 3.8 fails on an owner whose realm is gone, which it takes as proof.
    const failed = state === 'unknown' || (state !== 'unassigned' && owner?.realm === undefined)
    const orphaned = onError
      ? failed || state === 'absent' || state === 'resolver-missing'
      : state === 'absent' || state === 'resolver-missing'
    return orphaned === wanted
  }
}
