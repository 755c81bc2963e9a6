import type {Database, Row} from '../db/database.js'
import type {TokenOwner} from '../types/token.js'

/** A token of a user. */
export interface OwnedToken {
  serial: string
  type: string
  active: boolean
}

/** The table `tokenowner`. */
export class TokenOwnerRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** The owners of each of several tokens, at most a page, the first one first. */
  async of(tokenIds: readonly number[]): Promise<Map<number, TokenOwner[]>> {
    const rows = await this.#db
      .k<Row>('tokenowner')
      .leftJoin('realm', 'realm.id', 'tokenowner.realm_id')
      .whereIn('tokenowner.token_id', [...tokenIds])
      .orderBy('tokenowner.id')
      .select('tokenowner.token_id', 'tokenowner.user_id', 'tokenowner.resolver', 'realm.name')
    const found = new Map<number, TokenOwner[]>()
    for (const row of rows) {
      const id = Number(row['token_id'])
      const owner: TokenOwner = {
        userId: String(row['user_id'] ?? ''),
        resolver: String(row['resolver'] ?? ''),
        ...(row['name'] ? {realm: String(row['name'])} : {}),
      }
      const list = found.get(id)
      if (list) list.push(owner)
      else found.set(id, [owner])
    }
    return found
  }

  /** The tokens of a user, oldest first. @param realmId only those that he has in this realm */
  async tokensOf({resolver, userId}: {resolver: string; userId: string}, realmId?: number): Promise<OwnedToken[]> {
    const query = this.#db
      .k<Row>('tokenowner')
      .join('token', 'token.id', 'tokenowner.token_id')
      .where({'tokenowner.resolver': resolver, 'tokenowner.user_id': userId})
      .orderBy('token.id')
      .select('token.serial', 'token.tokentype', 'token.active')
    if (realmId !== undefined) query.where('tokenowner.realm_id', realmId)
    return (await query).map((row: Row) => ({
      serial: String(row['serial']),
      type: String(row['tokentype'] ?? '').toLowerCase(),
      active: this.#db.bool(row['active']),
    }))
  }

  async add(tokenId: number, owner: {userId: string; resolver: string; realmId: number | null}): Promise<void> {
    await this.#db.insert('tokenowner', [
      {token_id: tokenId, user_id: owner.userId, resolver: owner.resolver, realm_id: owner.realmId},
    ])
  }

  /** Removes all owners of several tokens, at most a page. */
  async removeAll(tokenIds: readonly number[]): Promise<number> {
    return this.#db
      .k('tokenowner')
      .whereIn('token_id', [...tokenIds])
      .delete()
  }
}
