import type {Database, Row} from '../db/database.js'

/** Whose attributes: the id inside a resolver, and the realm in which he has them. */
export interface AttributeOwner {
  userId: string
  resolver: string
  realmId: number
}

/** The table `customuserattribute` (spec/10 §11). */
export class UserAttributeRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order in which they were set. */
  async of(owner: AttributeOwner): Promise<Map<string, string>> {
    const rows = await this.#rows(owner).orderBy('id')
    return new Map(rows.map((row) => [String(row['Key']), String(row['Value'] ?? '')]))
  }

  /** @returns false when it has this value already */
  async set(owner: AttributeOwner, key: string, value: string): Promise<boolean> {
    const stored = (await this.#rows(owner)).find((row) => row['Key'] === key)
    if (!stored) {
      const {realmId, resolver, userId} = owner
      await this.#db.insert('customuserattribute', [
        {user_id: userId, resolver, realm_id: realmId, Key: key, Value: value, Type: ''},
      ])
      return true
    }
    if (stored['Value'] === value) return false
    await this.#db.k('customuserattribute').where({id: stored['id']}).update({Value: value})
    return true
  }

  /** Deletes these, or all. @returns the keys that were there */
  async delete(owner: AttributeOwner, keys?: readonly string[]): Promise<string[]> {
    const rows = (await this.#rows(owner)).filter((row) => keys === undefined || keys.includes(String(row['Key'])))
    await this.#db
      .k('customuserattribute')
      .whereIn(
        'id',
        rows.map((row) => Number(row['id'])),
      )
      .delete()
    return rows.map((row) => String(row['Key']))
  }

  #rows({realmId, resolver, userId}: AttributeOwner) {
    return this.#db.k<Row>('customuserattribute').where({user_id: userId, resolver, realm_id: realmId})
  }
}
