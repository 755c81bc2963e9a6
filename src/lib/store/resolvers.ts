import type {Database, Row} from '../db/database.js'

/** A resolver with its settings as stored: values of type `password` are still encrypted. */
export interface StoredResolver {
  id: number
  name: string
  type: string
  settings: readonly {key: string; value: string; type: string}[]
}

/** The tables `resolver` and `resolverconfig`. */
export class ResolverRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All resolvers, by name. */
  async all(): Promise<StoredResolver[]> {
    const [resolvers, settings] = await Promise.all([
      this.#db.k<Row>('resolver').orderBy('name'),
      this.#db.k<Row>('resolverconfig').orderBy('id'),
    ])
    return resolvers.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      type: String(row['rtype']),
      settings: settings
        .filter((setting) => Number(setting['resolver_id']) === Number(row['id']))
        .map((setting) => ({
          key: String(setting['Key']),
          value: String(setting['Value'] ?? ''),
          type: String(setting['Type'] ?? ''),
        })),
    }))
  }
  /** How many tokens belong to users of a resolver. */
  async tokensOf(name: string): Promise<number> {
    const [row] = (await this.#db.k('tokenowner').where({resolver: name}).countDistinct({n: 'token_id'})) as Row[]
    return Number(row?.['n'] ?? 0)
  }
}
