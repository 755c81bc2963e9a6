import type {Knex} from 'knex'
import {decryptValue} from '../../crypto/secret-values.js'
import type {Database, Row} from '../../db/database.js'
import {TextMatch} from '../../db/text-match.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {addParts, bareRecords, type RecordPart, type TokenRecord} from '../tokens/record.js'
import type {UserService} from '../users.js'
import {compileCondition} from './compile.js'
import {fieldsOf, needsOrphans, searchableColumns, type Condition, type Field} from './condition.js'
import {meets, type Candidate} from './evaluate.js'
import {ownerAttributes, type OwnerCheck} from './owners.js'

/** What a selection may need; nothing is opened before a condition asks for it. */
export interface SelectionEnv {
  db: Database
  security: () => Promise<SecurityModule>
  users: () => Promise<UserService>
  owners: () => Promise<OwnerCheck>
  now: () => Date
}

export interface SelectOptions {
  /** What the caller will look at; what the condition needs is added. */
  parts?: Iterable<RecordPart>
  /** Tokens a page; without it pages grow. */
  pageSize?: number | undefined
  /** Also read what is encrypted, and the PIN hashes; otherwise they are empty. */
  secrets?: boolean
  /** Told how many tokens a page brought and how many of them are meant. */
  onPage?: (counts: {read: number; found: number}) => void
}

/** The first page comes soon; later ones are larger, because some tables have no index on their tokens. */
const firstPageSize = 1000
const laterPageSize = 2500

/** What a row of `token` is worth without its secrets. */
const plainColumns = Object.keys(searchableColumns).map((column) => `token.${column}`)

/**
 * The tokens that meet a condition, in pages by id, with flat memory. As much as possible is decided by the database;
 * pages may be empty where it could not decide.
 * @throws PiError UNAVAILABLE, REFUSED (a pattern that takes too long)
 */
export async function* selectTokens(
  env: SelectionEnv,
  condition: Condition,
  {parts = [], pageSize, secrets = false, onPage}: SelectOptions = {},
): AsyncIterable<Candidate[]> {
  const {db} = env
  const sql = compileCondition(condition, {match: new TextMatch(db.dialect), schema: db.schema})
  const build = (query: Knex.QueryBuilder) => {
    if (!secrets) query.select(plainColumns)
    if (sql) query.whereRaw(sql.sql, [...sql.bindings] as Knex.RawBinding[])
  }
  const asked = new Set(sql?.exact ? [] : partsOf(condition))
  const wanted = [...new Set(parts)].filter((part) => !asked.has(part))
  for await (const rows of growingPages(db, pageSize, build)) {
    const records: Candidate[] = bareRecords(db, rows)
    let found = records
    if (!sql?.exact) {
      await addParts(db, records, asked)
      await prepare(env, condition, records)
      const today = env.now()
      found = records.filter((candidate) => meets(candidate, condition, today))
    }
    await addParts(db, found, wanted)
    onPage?.({read: rows.length, found: found.length})
    yield found
  }
}

async function* growingPages(
  db: Database,
  pageSize: number | undefined,
  build: (query: Knex.QueryBuilder) => void,
): AsyncIterable<Row[]> {
  if (pageSize !== undefined) {
    yield* db.pages<Row>('token', {size: pageSize, build})
    return
  }
  let after: number | undefined
  for await (const page of db.pages<Row>('token', {size: firstPageSize, build})) {
    yield page
    if (page.length < firstPageSize) return
    after = Number(page.at(-1)!['id'])
    break
  }
  if (after !== undefined) yield* db.pages<Row>('token', {size: laterPageSize, after, build})
}

/** Looks up what the condition asks beyond the database rows. */
export async function prepare(
  env: SelectionEnv,
  condition: Condition,
  candidates: readonly Candidate[],
): Promise<void> {
  const fields = fieldsOf(condition)
  const keys = new Set(fields.flatMap((field) => (field.of === 'info' ? [field.key] : [])))
  const wantsUser = fields.some((field) => field.of === 'user')
  const wantsOwner = needsOrphans(condition)
  if (keys.size === 0 && !wantsUser && !wantsOwner) return
  for (const candidate of candidates) {
    if (candidate.info.some(({key, type}) => type === 'password' && keys.has(key))) {
      candidate.clear = await decrypt(env, candidate, keys)
    }
    if (wantsUser) {
      const user = await ownerAttributes(await env.users(), candidate.owners[0])
      if (user) candidate.user = user
    }
    if (wantsOwner) candidate.ownerState = await (await env.owners()).stateOf(candidate.owners[0])
  }
}

async function decrypt(
  env: SelectionEnv,
  {info}: TokenRecord,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const encrypted = info.filter(({key, type}) => type === 'password' && keys.has(key))
  const security = await env.security()
  const clear = new Map<string, string>()
  for (const {key, value} of encrypted) {
    try {
      clear.set(key, await decryptValue(security, value))
    } catch (error) {
      if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
      // A value that cannot be read is like none: it matches nothing.
    }
  }
  return clear
}

/** Parts of a record that a condition looks at. */
export function partsOf(condition: Condition): RecordPart[] {
  const parts = fieldsOf(condition).flatMap((field) => partOf[field.of])
  return needsOrphans(condition) ? [...parts, 'owners'] : parts
}

const partOf: Record<Field['of'], RecordPart[]> = {
  token: [],
  info: ['info'],
  owner: ['owners'],
  user: ['owners'],
  realm: ['realms'],
  group: ['groups'],
  container: ['container'],
}
