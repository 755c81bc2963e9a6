import type {Database, Row} from '../db/database.js'
import type {Token} from '../types/token.js'
import {readToken} from './tokens.js'

/** A new token with the rows that belong to it. */
export interface NewTokenRows {
  /** Columns of `token`. */
  token: Row
  info: ReadonlyMap<string, string>
  /** Details that are not in clear. */
  typedInfo: readonly {key: string; value: string; type: string; description?: string}[]
  owners: readonly {userId: string; resolver: string; realmId: number | null}[]
  realmIds: readonly number[]
  /** Of token groups. */
  groupIds: readonly number[]
}

/** What is changed of a stored token. */
export interface TokenRefresh {
  id: number
  /** Columns of `token`. */
  changes: Row
  /** What the same columns said when the change was decided. */
  ifStill: Row
  /** The counter moves up to this, and is left alone when it is there already. */
  counterAtLeast: number | undefined
}

/** Many tokens at a time, as an import needs them. */
export class TokenImportRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Tokens whose serial is one of these, by lower-case serial. MariaDB also finds those that differ in case, and would
   * refuse them as duplicates.
   */
  async stored(serials: readonly string[]): Promise<Map<string, Token>> {
    const rows = serials.length === 0 ? [] : await this.#db.k<Row>('token').whereIn('serial', [...serials])
    return new Map(rows.map((row) => [String(row['serial']).toLowerCase(), readToken(row, this.#db)]))
  }

  /** Inserts tokens with everything that belongs to them, in as few statements as there are tables. */
  async insert(tokens: readonly NewTokenRows[]): Promise<void> {
    if (tokens.length === 0) return
    const ids = await this.#db.insert(
      'token',
      tokens.map(({token}) => token),
    )
    const rowsOf = (make: (token: NewTokenRows, id: number) => Row[]) =>
      tokens.flatMap((token, at) => make(token, ids[at]!))
    await this.#db.insert(
      'tokeninfo',
      rowsOf(({info, typedInfo}, id) => [
        ...[...info].map(([key, value]) => ({token_id: id, Key: key, Value: value})),
        ...typedInfo.map(({key, value, type, description = ''}) => ({
          token_id: id,
          Key: key,
          Value: value,
          Type: type,
          Description: description,
        })),
      ]),
    )
    await this.#db.insert(
      'tokenowner',
      rowsOf(({owners}, id) =>
        owners.map(({userId, resolver, realmId}) => ({token_id: id, resolver, user_id: userId, realm_id: realmId})),
      ),
    )
    await this.#db.insert(
      'tokenrealm',
      rowsOf(({realmIds}, id) => realmIds.map((realmId) => ({token_id: id, realm_id: realmId}))),
    )
    await this.#db.insert(
      'tokentokengroup',
      rowsOf(({groupIds}, id) => groupIds.map((groupId) => ({token_id: id, tokengroup_id: groupId}))),
    )
  }

  /** @returns false when somebody else changed the token in the meantime */
  async refresh({id, changes, ifStill, counterAtLeast}: TokenRefresh): Promise<boolean> {
    const {k} = this.#db
    const row: Row = {...changes}
    if (counterAtLeast !== undefined) {
      row['count'] = k.raw('case when ?? < ? then ? else ?? end', ['count', counterAtLeast, counterAtLeast, 'count'])
    }
    if (Object.keys(row).length === 0) return true
    return (
      (await k('token')
        .where({id, ...ifStill})
        .update(row)) === 1
    )
  }

  /** Ids of all token groups by name. */
  async groupIds(): Promise<Map<string, number>> {
    const rows = await this.#db.k<Row>('tokengroup').select('id', 'name')
    return new Map(rows.map((row) => [String(row['name']), Number(row['id'])]))
  }

  /** Adds token groups by name. */
  async addGroups(names: readonly string[]): Promise<void> {
    await this.#db.insert(
      'tokengroup',
      names.map((name) => ({name})),
    )
  }

  /** Removes all tokeninfo of a token. */
  async clearInfo(id: number): Promise<void> {
    await this.#db.k('tokeninfo').where({token_id: id}).delete()
  }
}
