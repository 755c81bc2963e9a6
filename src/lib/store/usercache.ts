import type {Database, Row} from '../db/database.js'

/** An answer of a resolver that is kept; the time is the naive local time of the server. */
export interface CachedAnswer {
  id: number
  username: string
  /** The login that was typed. */
  usedLogin: string
  resolver: string
  userId: string
  timestamp: string
}

/** Which entries are meant; all without a condition. */
export interface CacheFilter {
  username?: string | undefined
  resolver?: string | undefined
}

/** The table `usercache` (spec/10 §12). */
export class UserCacheRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Pages of entries by age. @param before only those from before this naive local time */
  async *pages(filter: CacheFilter, before?: string): AsyncIterable<CachedAnswer[]> {
    const build = (query: import('knex').Knex.QueryBuilder) => {
      query.where(conditionOf(filter))
      if (before !== undefined) query.where('timestamp', '<', before)
    }
    for await (const rows of this.#db.pages<Row>('usercache', {build})) yield rows.map(read)
  }

  async delete(filter: CacheFilter): Promise<number> {
    return this.#db.k('usercache').where(conditionOf(filter)).delete()
  }
}

function conditionOf({resolver, username}: CacheFilter): Row {
  return {...(username !== undefined && {username}), ...(resolver !== undefined && {resolver})}
}

function read(row: Row): CachedAnswer {
  return {
    id: Number(row['id']),
    username: String(row['username'] ?? ''),
    usedLogin: String(row['used_login'] ?? ''),
    resolver: String(row['resolver'] ?? ''),
    userId: String(row['user_id'] ?? ''),
    timestamp: String(row['timestamp'] ?? ''),
  }
}
