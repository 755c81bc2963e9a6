import type {Database} from '../db/database.js'
import type {FoundUser} from '../resolvers/contract.js'
import {ConfigRepository} from '../store/config.js'
import {UserCacheRepository, type CachedUser} from '../store/user-cache.js'

export interface UserCacheOptions {
  db: Database
  /** For how long an entry counts; 0: the cache is off. */
  seconds: () => Promise<number>
  now?: () => Date
}

/**
 * Users who were found by login or id, kept in the database for all nodes (spec/10 §12): a user who is gone from his store
 * is still found until his entry is too old. Users who are not found are never kept.
 */
export class UserCache {
  readonly #entries: UserCacheRepository
  readonly #options: UserCacheOptions

  constructor(options: UserCacheOptions) {
    this.#entries = new UserCacheRepository(options.db)
    this.#options = options
  }

  async findUser(usedLogin: string, resolver: string): Promise<FoundUser | undefined> {
    const since = await this.#since()
    const found = since && (await this.#entries.byLogin(usedLogin, resolver, since))
    return found && {login: found.login, userId: found.userId}
  }

  async findLogin(userId: string, resolver: string): Promise<string | undefined> {
    const since = await this.#since()
    const found = since && (await this.#entries.byId(userId, resolver, since))
    return found?.login
  }

  /** Ids of a resolver that are still found, in pages. */
  async *ids(resolver: string): AsyncIterable<readonly string[]> {
    const since = await this.#since()
    if (since) yield* this.#entries.ids(resolver, since)
  }

  async remember(user: CachedUser): Promise<void> {
    if (user.login === '' || user.usedLogin === '' || user.resolver === '' || user.userId === '') return
    if (await this.#since()) await this.#entries.add(user, this.#now())
  }

  /** What was known of a user is not true any more. */
  async forget(login: string, resolver: string): Promise<void> {
    await this.#entries.removeUser(login, resolver)
  }

  #now(): Date {
    return (this.#options.now ?? (() => new Date()))()
  }

  async #since(): Promise<Date | undefined> {
    const seconds = await this.#options.seconds()
    return seconds > 0 ? new Date(this.#now().getTime() - seconds * 1000) : undefined
  }
}

/** Seconds for which a row of the user cache counts; 0 when the cache is off. */
export async function userCacheSeconds(db: Database): Promise<number> {
  return cacheSeconds((await new ConfigRepository(db).find('UserCacheExpiration'))?.value)
}

/** The setting `UserCacheExpiration`; what is no number switches the cache off. */
export function cacheSeconds(text: string | undefined): number {
  const seconds = /^\s*\d+\s*$/.test(text ?? '') ? Number(text) : 0
  return Number.isSafeInteger(seconds) ? seconds : 0
}
