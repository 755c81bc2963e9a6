import type {Database} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import {epochMicroseconds, readDate} from '../../python/dates.js'
import type {PythonRegex} from '../../python/regex.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import type {UserInfo} from '../../types/user.js'
import {unassign as takeAway} from '../tokens/changes.js'
import type {TokenService} from '../tokens/index.js'
import type {UserService} from '../users.js'

/** What is to be done with the tokens of users whose account is over. */
export interface ExpiryRules {
  realm?: string | undefined
  /** Key of the user attribute that holds the date. */
  attribute: string
  /** Serials of tokens to take away; then those of tokens to delete. */
  unassign: PythonRegex | undefined
  delete: PythonRegex | undefined
}

export interface ExpiredUser {
  login: string
  userId: string
  resolver: string
  /** ISO 8601, UTC. */
  expired: string
  /** Serials. */
  unassign: string[]
  delete: string[]
}

/** Milliseconds from 1601-01-01 to 1970-01-01. */
const windowsEpoch = 11_644_473_600_000
/** The last year that means a date; Active Directory writes 9999 for never. */
const lastYear = 9999

/**
 * When an account ends. Active Directory counts steps of 100 ns since 1601, where 0 and what no date can hold mean never;
 * other stores write dates (spec/03-cli.md §C, privacyidea-expired-users).
 * @returns undefined for an account that never ends, and for what is no date
 */
export function expiryOf(value: UserInfo[string] | undefined, today: Date): Date | undefined {
  const text = String(Array.isArray(value) ? (value[0] as unknown) : (value ?? '')).trim()
  if (/^\d{15,20}$/.test(text) || text === '0') {
    const milliseconds = Number(BigInt(text) / 10_000n) - windowsEpoch
    return text === '0' ? undefined : asDate(milliseconds)
  }
  const generalized = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?Z$/.exec(text)
  if (generalized) {
    const [year, month, day, hour, minute, second = 0] = generalized.slice(1).map((part) => Number(part ?? 0))
    return asDate(Date.UTC(year!, month! - 1, day, hour, minute, second))
  }
  const written = text === '' ? undefined : readDate(text, {today})
  return written && asDate(epochMicroseconds(written, 'local') / 1000)
}

function asDate(milliseconds: number): Date | undefined {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() >= lastYear ? undefined : date
}

/** Tokens of users whose account in the user store is over. */
export class UserExpiry {
  readonly #db: Database
  readonly #users: UserService

  constructor(db: Database, users: UserService) {
    this.#db = db
    this.#users = users
  }

  /**
   * Users whose account is over, with the tokens that the rules hit; users without such tokens too.
   * @throws PiError NOT_FOUND (realm), UNAVAILABLE: a user store that fails ends it, nothing was changed
   */
  async *find(rules: ExpiryRules, now: Date): AsyncIterable<ExpiredUser> {
    const owners = new TokenOwnerRepository(this.#db)
    for await (const {info, login, resolver, userId} of this.#users.listUsers({realm: rules.realm, limit: Infinity})) {
      const expiry = expiryOf(info[rules.attribute], now)
      if (expiry === undefined || expiry.getTime() > now.getTime()) continue
      const serials = (await owners.tokensOf({resolver, userId})).map(({serial}) => serial)
      const matching = (pattern: PythonRegex | undefined) =>
        pattern ? serials.filter((serial) => pattern.search(serial)) : []
      yield {
        login,
        userId,
        resolver,
        expired: expiry.toISOString(),
        unassign: matching(rules.unassign),
        delete: matching(rules.delete),
      }
    }
  }
}

/**
 * Takes the tokens of one user away and deletes those that are to be deleted.
 * @param emptyPinHash of `tokens.emptyPinHash()`, made once for all
 * @returns tokens that failed
 */
export async function expireTokens(
  tokens: TokenService,
  {delete: toDelete, unassign}: ExpiredUser,
  emptyPinHash: string,
): Promise<{serial: string; reason: string}[]> {
  const failed: {serial: string; reason: string}[] = []
  const each = async (serials: readonly string[], change: (serial: string) => Promise<unknown>) => {
    for (const serial of serials) {
      try {
        await change(serial)
      } catch (error) {
        if (!(error instanceof PiError) || error.code === 'UNAVAILABLE') throw error
        failed.push({serial, reason: reasonOf(error)})
      }
    }
  }
  await each(
    unassign.filter((serial) => !toDelete.includes(serial)),
    (serial) => tokens.apply(serial, takeAway(emptyPinHash)),
  )
  await each(toDelete, (serial) => tokens.delete(serial))
  return failed
}
