import type {Database, Row} from '../db/database.js'

/** What a token is a member of: realms, token groups, containers. */
export class TokenGroupingRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Realm names of each of several tokens, at most a page. */
  async realmsOf(tokenIds: readonly number[]): Promise<Map<number, string[]>> {
    return this.#names(tokenIds, {link: 'tokenrealm', target: 'realm', key: 'realm_id'})
  }

  /** Names of the token groups of each of several tokens, at most a page. */
  async groupsOf(tokenIds: readonly number[]): Promise<Map<number, string[]>> {
    return this.#names(tokenIds, {link: 'tokentokengroup', target: 'tokengroup', key: 'tokengroup_id'})
  }

  /** Serial and columns of the container of each of several tokens, at most a page; empty before 3.10. */
  async containersOf(tokenIds: readonly number[]): Promise<Map<number, Row>> {
    if (!this.#db.schema.hasTable('tokencontainertoken')) return new Map()
    const rows = await this.#db
      .k<Row>('tokencontainertoken')
      .join('tokencontainer', 'tokencontainer.id', 'tokencontainertoken.container_id')
      .whereIn('tokencontainertoken.token_id', [...tokenIds])
      .select('tokencontainertoken.token_id', 'tokencontainer.*')
    return new Map(rows.map((row) => [Number(row['token_id']), row]))
  }

  /** Ids of realms by lower-case name; names that do not exist are missing. */
  async realmIds(names: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#db
      .k<Row>('realm')
      .whereIn(
        'name',
        names.map((name) => name.toLowerCase()),
      )
      .select('id', 'name')
    return new Map(rows.map((row) => [String(row['name']), Number(row['id'])]))
  }

  /** Makes exactly these the realms of each of several tokens;. */
  async setRealms(tokenIds: readonly number[], realmIds: readonly number[]): Promise<void> {
    const {k} = this.#db
    await k('tokenrealm')
      .whereIn('token_id', [...tokenIds])
      .delete()
    await this.#db.insert(
      'tokenrealm',
      tokenIds.flatMap((id) => realmIds.map((realmId) => ({token_id: id, realm_id: realmId}))),
    )
  }

  /** Adds realms to a token that has not got them. */
  async addRealms(tokenId: number, realmIds: readonly number[]): Promise<void> {
    const present = await this.#db.k<Row>('tokenrealm').where({token_id: tokenId}).select('realm_id')
    const have = new Set(present.map((row) => Number(row['realm_id'])))
    const missing = realmIds.filter((id) => !have.has(id))
    await this.#db.insert(
      'tokenrealm',
      missing.map((realmId) => ({token_id: tokenId, realm_id: realmId})),
    )
  }

  async #names(
    tokenIds: readonly number[],
    {link, target, key}: {link: string; target: string; key: string},
  ): Promise<Map<number, string[]>> {
    const rows = await this.#db
      .k<Row>(link)
      .join(target, `${target}.id`, `${link}.${key}`)
      .whereIn(`${link}.token_id`, [...tokenIds])
      .orderBy(`${link}.id`)
      .select(`${link}.token_id`, `${target}.name`)
    const found = new Map<number, string[]>()
    for (const row of rows) {
      const id = Number(row['token_id'])
      const list = found.get(id)
      if (list) list.push(String(row['name']))
      else found.set(id, [String(row['name'])])
    }
    return found
  }
}
