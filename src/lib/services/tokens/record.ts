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

/** Completes rows of `token`, at most a page of them, with one query a part. */
export async function completeRecords(
  db: Database,
  rows: readonly Row[],
  parts: Iterable<RecordPart>,
): Promise<TokenRecord[]> {
  const wanted = new Set(parts)
  const ids = rows.map((row) => Number(row['id']))
  const groupings = new TokenGroupingRepository(db)
  const info = wanted.has('info') ? await new TokenInfoRepository(db).of(ids) : undefined
  const owners = wanted.has('owners') ? await new TokenOwnerRepository(db).of(ids) : undefined
  const realms = wanted.has('realms') ? await groupings.realmsOf(ids) : undefined
  const groups = wanted.has('groups') ? await groupings.groupsOf(ids) : undefined
  const containers = wanted.has('container') ? await groupings.containersOf(ids) : undefined
  return rows.map((row) => {
    const id = Number(row['id'])
    return {
      token: readToken(row, db),
      row,
      info: info?.get(id) ?? [],
      owners: owners?.get(id) ?? [],
      realms: realms?.get(id) ?? [],
      groups: groups?.get(id) ?? [],
      container: containers?.get(id),
    }
  })
}
