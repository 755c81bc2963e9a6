import type {Database, Row} from '../db/database.js'
import type {Realm} from '../types/realm.js'

/** Priority of a resolver that has none. */
const lastPriority = 1000

/** What belongs to the users of a realm. */
export interface RealmUse {
  tokens: number
  containers: number
  /** Custom attributes. */
  attributes: number
}

/** Tokens a statement. */
const pageSize = 500

/** The tables `realm` and `resolverrealm`. */
export class RealmRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All realms by name, each with its resolvers in the order in which they are asked. */
  async all(): Promise<Realm[]> {
    const [realms, links] = await Promise.all([
      this.#db.k<Row>('realm').orderBy('name'),
      this.#db
        .k<Row>('resolverrealm')
        .join('resolver', 'resolver.id', 'resolverrealm.resolver_id')
        .select('resolverrealm.*', 'resolver.name'),
    ])
    return realms.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      isDefault: this.#db.bool(row['default']),
      resolvers: links
        .filter((link) => Number(link['realm_id']) === Number(row['id']))
        .map((link) => ({
          name: String(link['name']),
          ...(link['priority'] ? {priority: Number(link['priority'])} : {}),
          node: String(link['node_uuid'] ?? ''),
        }))
        .sort((a, b) => (a.priority ?? lastPriority) - (b.priority ?? lastPriority) || compareText(a.name, b.name)),
    }))
  }

  /** Names of all resolvers, as stored. */
  async resolverNames(): Promise<string[]> {
    return (await this.#db.k<Row>('resolver').orderBy('id').select('name')).map((row) => String(row['name']))
  }

  /** Id of the realm of this stored name. */
  async id(name: string): Promise<number | undefined> {
    const row = await this.#db.k<Row>('realm').where({name}).first('id')
    return row && Number(row['id'])
  }

  async use(name: string): Promise<RealmUse> {
    const id = await this.id(name)
    const count = async (table: string) => {
      if (!this.#db.schema.hasTable(table)) return 0
      const [row] = (await this.#db.k(table).where({realm_id: id}).count({n: '*'})) as Row[]
      return Number(row?.['n'] ?? 0)
    }
    return {
      tokens: await count('tokenowner'),
      containers: await count('tokencontainerowner'),
      attributes: await count('customuserattribute'),
    }
  }

  /** Makes one realm the default, or none. */
  async setDefault(name: string | undefined): Promise<void> {
    const {k} = this.#db
    const others = k('realm').where({default: true})
    if (name !== undefined) others.whereNot({name})
    await others.update({default: false})
    if (name !== undefined) await k('realm').where({name}).update({default: true})
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#db.k('realm').where({name: from}).update({name: to})
  }

  /** Takes the tokens of a realm's users from them: PIN and fail counter are cleared, other realms of the token stay. */
  async unassignTokens(name: string, emptyPinHash: string): Promise<number> {
    const id = await this.id(name)
    const {k} = this.#db
    let unassigned = 0
    for (;;) {
      const rows: Row[] = await k<Row>('tokenowner').where({realm_id: id}).orderBy('id').limit(pageSize)
      if (rows.length === 0) return unassigned
      const tokens = rows.map((row) => Number(row['token_id']))
      await k('token').whereIn('id', tokens).update({pin_hash: emptyPinHash, failcount: 0})
      await k('tokeninfo').whereIn('token_id', tokens).where('Key', 'failcounter_exceeded').delete()
      unassigned += await k('tokenowner')
        .whereIn(
          'id',
          rows.map((row) => Number(row['id'])),
        )
        .delete()
    }
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
