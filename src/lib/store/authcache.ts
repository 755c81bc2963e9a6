import type {Database, Row} from '../db/database.js'
import {sixDigits, utcText} from '../db/dates.js'

/** A password that was right before; times are milliseconds since 1970, UTC. */
export interface CachedLogin {
  id: number
  firstAuth: number
  lastAuth: number
  count: number
  /** argon2 of the password, or a hash of an old release. */
  hash: string
}

export interface CachedUser {
  login: string
  realm: string
  resolver: string
}

/** The table `authcache` (spec/07 §8.1.1). */
export class AuthCacheRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async of({login, realm, resolver}: CachedUser): Promise<CachedLogin[]> {
    const rows = await this.#db.k<Row>('authcache').where({username: login, realm, resolver}).orderBy('id')
    return rows.map((row) => ({
      id: Number(row['id']),
      firstAuth: time(row['first_auth']),
      lastAuth: time(row['last_auth']),
      count: Number(row['auth_count'] ?? 0),
      hash: String(row['authentication'] ?? ''),
    }))
  }

  /** Counts a use, unless the row has been used as often as it may. @returns whether it was counted */
  async use(id: number, now: number, limit: number): Promise<boolean> {
    const {k} = this.#db
    const query = k('authcache').where({id})
    if (limit > 0) void query.whereRaw('COALESCE(??, 0) < ?', ['auth_count', limit])
    return (
      (await query.update({
        last_auth: utcText(new Date(now)),
        auth_count: k.raw('COALESCE(??, 0) + 1', ['auth_count']),
      })) === 1
    )
  }

  async add({login, realm, resolver}: CachedUser, hash: string, now: number): Promise<void> {
    const at = utcText(new Date(now))
    await this.#db.insert('authcache', [
      {
        username: login,
        realm,
        resolver,
        authentication: hash,
        first_auth: at,
        last_auth: at,
        auth_count: 0,
        client_ip: '',
        user_agent: '',
      },
    ])
  }

  async delete(ids: readonly number[]): Promise<void> {
    if (ids.length > 0)
      await this.#db
        .k('authcache')
        .whereIn('id', [...ids])
        .delete()
  }
}

function time(value: unknown): number {
  const text = String(value ?? '')
  return text === '' ? Number.NaN : Date.parse(`${sixDigits(text).slice(0, 23).replace(' ', 'T')}Z`)
}
