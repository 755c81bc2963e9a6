import type {Knex} from 'knex'
import {decryptValue} from '../../crypto/secret-values.js'
import type {Database, Row} from '../../db/database.js'
import {TextMatch} from '../../db/text-match.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {completeRecords, type RecordPart, type TokenRecord} from '../tokens/record.js'
import type {UserService} from '../users.js'
import {compileCondition} from './compile.js'
import {fieldsOf, needsOrphans, type Condition, type Field} from './condition.js'
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
  /** Tokens a page. */
  pageSize?: number
  /** Start after this id. */
  after?: number
  /** Told how many tokens a page brought and how many of them are meant. */
  onPage?: (counts: {read: number; found: number}) => void
}

const defaultPageSize = 1000

/**
 * The tokens that meet a condition, in pages by id, with flat memory. As much as possible is decided by the database;
 * pages may be empty where it could not decide.
 * @throws PiError UNAVAILABLE, REFUSED (a pattern that takes too long)
 */
export async function* selectTokens(
  env: SelectionEnv,
  condition: Condition,
  {parts = [], pageSize = defaultPageSize, after, onPage}: SelectOptions = {},
): AsyncIterable<Candidate[]> {
  const {db} = env
  const sql = compileCondition(condition, {match: new TextMatch(db.dialect), schema: db.schema})
  const exact = sql?.exact ?? false
  const needed = new Set(parts)
  if (!exact) for (const part of partsOf(condition)) needed.add(part)
  const options = {
    size: pageSize,
    ...(after !== undefined && {after}),
    build: (query: Knex.QueryBuilder) => {
      if (sql) query.whereRaw(sql.sql, [...sql.bindings] as Knex.RawBinding[])
    },
  }
  for await (const page of db.pages<Row>('token', options)) {
    const records = await completeRecords(db, page, needed)
    if (exact) {
      onPage?.({read: records.length, found: records.length})
      yield records.map((record) => plainCandidate(record))
      continue
    }
    const candidates = await prepare(env, condition, records)
    const today = env.now()
    const found = candidates.filter((candidate) => meets(candidate, condition, today))
    onPage?.({read: records.length, found: found.length})
    yield found
  }
}

/** A token without anything that must be looked up elsewhere. */
export function plainCandidate(record: TokenRecord): Candidate {
  return {...record, clear: noValues, user: undefined, ownerState: undefined}
}

const noValues: ReadonlyMap<string, string> = new Map()

/** Looks up what the condition asks beyond the database rows. */
export async function prepare(
  env: SelectionEnv,
  condition: Condition,
  records: readonly TokenRecord[],
): Promise<Candidate[]> {
  const fields = fieldsOf(condition)
  const keys = new Set(fields.flatMap((field) => (field.of === 'info' ? [field.key] : [])))
  const wantsUser = fields.some((field) => field.of === 'user')
  const wantsOwner = needsOrphans(condition)
  const candidates: Candidate[] = []
  for (const record of records) {
    candidates.push({
      ...record,
      clear: await decrypt(env, record, keys),
      user: wantsUser ? await ownerAttributes(await env.users(), record.owners[0]) : undefined,
      ownerState: wantsOwner ? await (await env.owners()).stateOf(record.owners[0]) : undefined,
    })
  }
  return candidates
}

async function decrypt(
  env: SelectionEnv,
  {info}: TokenRecord,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const encrypted = info.filter(({key, type}) => type === 'password' && keys.has(key))
  if (encrypted.length === 0) return noValues
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
