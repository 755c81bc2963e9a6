import type {Database, Row} from '../../db/database.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenInfoRepository} from '../../store/token-info.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import {readToken} from '../../store/tokens.js'
import type {Token, TokenInfo, TokenOwner} from '../../types/token.js'

/** A token with what belongs to it. Parts that were not asked for are empty. */
export interface TokenRecord {
  token: Token
  /** The row itself, for those who must tell NULL from empty. */
  row: Row
  /** In the order in which they were added. */
  info: readonly TokenInfo[]
  owners: readonly TokenOwner[]
  realms: readonly string[]
  groups: readonly string[]
  /** Row of `tokencontainer`, since 3.10. */
  container: Row | undefined
}

export type RecordPart = 'container' | 'groups' | 'info' | 'owners' | 'realms'

export const everyPart: readonly RecordPart[] = ['container', 'groups', 'info', 'owners', 'realms']

/** Rows of `token` as records without parts. */
export function bareRecords(db: Database, rows: readonly Row[]): TokenRecord[] {
  return rows.map((row) => ({
    token: readToken(row, db),
    row,
    info: [],
    owners: [],
    realms: [],
    groups: [],
    container: undefined,
  }))
}

/** Completes records, at most a page of them, with one query a part. */
export async function addParts(
  db: Database,
  records: readonly TokenRecord[],
  parts: Iterable<RecordPart>,
): Promise<void> {
  if (records.length === 0) return
  const wanted = new Set(parts)
  const ids = records.map(({token}) => token.id)
  const groupings = new TokenGroupingRepository(db)
  if (wanted.has('info')) {
    const info = await new TokenInfoRepository(db).of(ids)
    for (const record of records) record.info = info.get(record.token.id) ?? []
  }
  if (wanted.has('owners')) {
    const owners = await new TokenOwnerRepository(db).of(ids)
    for (const record of records) record.owners = owners.get(record.token.id) ?? []
  }
  if (wanted.has('realms')) {
    const realms = await groupings.realmsOf(ids)
    for (const record of records) record.realms = realms.get(record.token.id) ?? []
  }
  if (wanted.has('groups')) {
    const groups = await groupings.groupsOf(ids)
    for (const record of records) record.groups = groups.get(record.token.id) ?? []
  }
  if (wanted.has('container')) {
    const containers = await groupings.containersOf(ids)
    for (const record of records) record.container = containers.get(record.token.id)
  }
}

/** Rows of `token`, at most a page of them, as records with parts. */
export async function completeRecords(
  db: Database,
  rows: readonly Row[],
  parts: Iterable<RecordPart>,
): Promise<TokenRecord[]> {
  const records = bareRecords(db, rows)
  await addParts(db, records, parts)
  return records
}
