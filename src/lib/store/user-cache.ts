import type {Knex} from 'knex'
import type {Database, Row} from '../db/database.js'
import {localText} from '../db/dates.js'

/** A user who was looked up before. */
export interface CachedUser {
  login: string
  /** As it was typed. */
  usedLogin: string
  resolver: string
  userId: string
}

/** An entry as it is stored. */
export interface CacheEntry extends CachedUser {
  id: number
  /** Naive local time of the server. */
  timestamp: string
}

/** Which entries are meant; all without a condition. */
export interface CacheFilter {
  username?: string | undefined
  resolver?: string | undefined
}

/** The table `usercache`; its times are naive local ones of the server (spec/10 §12). */
export class UserCacheRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** The newest entry of a login since a point in time. */
  async byLogin(usedLogin: string, resolver: string, since: Date): Promise<CachedUser | undefined> {
    return this.#newest({used_login: usedLogin, resolver}, since)
  }

  /** The newest entry of an id since a point in time. */
  async byId(userId: string, resolver: string, since: Date): Promise<CachedUser | undefined> {
    return this.#newest({user_id: userId, resolver}, since)
  }

  /** The ids of all users of a resolver that are known since a point in time, in pages. */
  async *ids(resolver: string, since: Date): AsyncIterable<readonly string[]> {
    const build = (query: Knex.QueryBuilder) =>
      void query.where({resolver}).where('timestamp', '>=', localText(since)).select('id', 'user_id', 'resolver')
    for await (const rows of this.#db.pages<Row>('usercache', {size: 5000, build})) {
      yield rows.filter((row) => row['resolver'] === resolver).map((row) => String(row['user_id'] ?? ''))
    }
  }

  /** Adds an entry, unless a column cannot hold it. */
  async add({login, resolver, usedLogin, userId}: CachedUser, now: Date): Promise<void> {
    if (login.length > 64 || usedLogin.length > 64 || resolver.length > 120 || userId.length > 320) return
    await this.#db.insert('usercache', [
      {username: login, used_login: usedLogin, resolver, user_id: userId, timestamp: localText(now)},
    ])
  }

  /** Removes all entries of a user. */
  async removeUser(login: string, resolver: string): Promise<void> {
    await this.#db.k('usercache').where({username: login, resolver}).delete()
  }

  /** Pages of entries by age. @param before only those from before this naive local time */
  async *pages(filter: CacheFilter, before?: string): AsyncIterable<CacheEntry[]> {
    const build = (query: Knex.QueryBuilder) => {
      query.where(conditionOf(filter))
      if (before !== undefined) query.where('timestamp', '<', before)
    }
    for await (const rows of this.#db.pages<Row>('usercache', {build}))
      yield rows.map((row) => ({...read(row), id: Number(row['id']), timestamp: String(row['timestamp'] ?? '')}))
  }

  async delete(filter: CacheFilter): Promise<number> {
    return this.#db.k('usercache').where(conditionOf(filter)).delete()
  }

  async #newest(wanted: Readonly<Record<string, string>>, since: Date): Promise<CachedUser | undefined> {
    const rows = await this.#db
      .k<Row>('usercache')
      .where(wanted)
      .where('timestamp', '>=', localText(since))
      .orderBy([
        {column: 'timestamp', order: 'desc'},
        {column: 'id', order: 'desc'},
      ])
    // MariaDB compares without regard to case
    const row = rows.find((candidate) => Object.entries(wanted).every(([column, text]) => candidate[column] === text))
    return row && read(row)
  }
}

function conditionOf({resolver, username}: CacheFilter): Row {
  return {...(username !== undefined && {username}), ...(resolver !== undefined && {resolver})}
}

function read(row: Row): CachedUser {
  return {
    login: String(row['username'] ?? ''),
    usedLogin: String(row['used_login'] ?? ''),
    resolver: String(row['resolver'] ?? ''),
    userId: String(row['user_id'] ?? ''),
  }
}
