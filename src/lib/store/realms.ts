import type {Database, Row} from '../db/database.js'
import type {Realm} from '../types/realm.js'

/** Priority of a resolver that has none. */
const lastPriority = 1000

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
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
