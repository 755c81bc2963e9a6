import type {Knex} from 'knex'
import type {Database, Row} from '../db/database.js'
import {localText, sixDigits} from '../db/dates.js'
import {UserCacheRepository, type CacheFilter} from '../store/user-cache.js'
import {userCacheSeconds} from './user-cache.js'

/** An answer of a user store that is kept. */
export interface CachedUser {
  id: number
  username: string
  /** The login that was typed. */
  usedLogin: string
  resolver: string
  userId: string
  /** Naive local time of the server, as stored. */
  storedTime: string
  /** ISO 8601, UTC, taking this machine's time zone for the server's. */
  time: string | null
}

/** A password that was right before; its hash is never shown. */
export interface CachedLogin {
  id: number
  username: string
  realm: string
  resolver: string
  /** ISO 8601, UTC. */
  firstAuth: string | null
  lastAuth: string | null
  count: number
}

/** An open or old question to a user, without what was asked, which may be a secret. */
export interface ListedChallenge {
  id: number
  transactionId: string
  serial: string
  /** ISO 8601, UTC. */
  time: string | null
  validUntil: string | null
  expired: boolean
  answers: number
  answered: boolean
}

/** Which rows of the authentication cache are meant; all without a condition. */
export interface LoginFilter extends CacheFilter {
  realm?: string | undefined
}

/** Entries of the user cache by age. @param before only those from before this naive local time */
export async function* cachedUsers(db: Database, filter: CacheFilter, before?: string): AsyncIterable<CachedUser[]> {
  for await (const page of new UserCacheRepository(db).pages(filter, before))
    yield page.map(({login, timestamp, ...entry}) => ({
      ...entry,
      username: login,
      storedTime: timestamp === '' ? '' : sixDigits(timestamp),
      time: isoTime(timestamp, ''),
    }))
}

/** Entries of the user cache whose time is over; undefined when the cache is off. */
export async function expiredUsers(db: Database, now: Date): Promise<AsyncIterable<CachedUser[]> | undefined> {
  const seconds = await userCacheSeconds(db)
  return seconds > 0 ? cachedUsers(db, {}, localText(new Date(now.getTime() - seconds * 1000))) : undefined
}

export async function clearUserCache(db: Database, filter: CacheFilter): Promise<number> {
  return new UserCacheRepository(db).delete(filter)
}

/** Entries of the authentication cache by age. */
export async function* cachedLogins(db: Database, filter: LoginFilter): AsyncIterable<CachedLogin[]> {
  for await (const page of db.pages<Row>('authcache', {build: (query) => void query.where(equals(filter))}))
    yield page.map((row) => ({
      id: Number(row['id']),
      username: textOf(row['username']),
      realm: textOf(row['realm']),
      resolver: textOf(row['resolver']),
      firstAuth: isoTime(row['first_auth']),
      lastAuth: isoTime(row['last_auth']),
      count: Number(row['auth_count'] ?? 0),
    }))
}

export async function clearLoginCache(db: Database, filter: LoginFilter): Promise<number> {
  return db.k('authcache').where(equals(filter)).delete()
}

/** Challenges by age. */
export async function* challenges(
  db: Database,
  {serial, transactionId}: {serial?: string | undefined; transactionId?: string | undefined},
  now: Date,
): AsyncIterable<ListedChallenge[]> {
  const build = (query: Knex.QueryBuilder) => {
    if (serial !== undefined) query.where({serial})
    if (transactionId !== undefined) query.where({transaction_id: transactionId})
  }
  for await (const page of db.pages<Row>('challenge', {build}))
    yield page.map((row) => {
      const validUntil = isoTime(row['expiration'])
      return {
        id: Number(row['id']),
        transactionId: textOf(row['transaction_id']),
        serial: textOf(row['serial']),
        time: isoTime(row['timestamp']),
        validUntil,
        expired: validUntil !== null && Date.parse(validUntil) < now.getTime(),
        answers: Number(row['received_count'] ?? 0),
        answered: db.bool(row['otp_valid']),
      }
    })
}

function equals(filter: LoginFilter): Row {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}

/** A naive point in time of a row as ISO 8601 in UTC. @param zone `Z`, or nothing for local time */
function isoTime(value: unknown, zone: '' | 'Z' = 'Z'): string | null {
  const text = textOf(value)
  const date = new Date(`${sixDigits(text).slice(0, 23).replace(' ', 'T')}${zone}`)
  return text === '' || Number.isNaN(date.getTime()) ? null : date.toISOString()
}
