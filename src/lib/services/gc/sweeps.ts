import type {Knex} from 'knex'
import type {Schema} from '../../db/database.js'
import {localText, utcText} from '../../db/dates.js'

/** Ages by which a sweep may be told what is old, in seconds. */
export interface SweepAges {
  challenges?: number | undefined
  authcache?: number | undefined
  'monitoring-stats'?: number | undefined
  'client-applications'?: number | undefined
  metrics?: number | undefined
}

export interface SweepContext {
  now: Date
  schema: Schema
  ages: SweepAges
  /** Seconds for which a row of the user cache counts; 0: the cache is off. */
  userCacheSeconds: number
}

/** Rows of one table that nobody needs any more. */
export interface Sweep {
  name: string
  /** For people: what is deleted. */
  summary: string
  table: string
  /** Columns by which rows are told apart, `id` unless said. */
  key?: string
  /** Says which rows; `false`: none, because nobody has said what is old, or the feature is off. */
  build: (query: Knex.QueryBuilder, context: SweepContext) => false | void
}

/** `authcache cleanup` of the originals takes 480 minutes. */
const authCacheSeconds = 480 * 60

/** Everything that gathers in a database. To add a sweep, add an entry. */
export const sweeps: readonly Sweep[] = [
  {
    name: 'challenges',
    summary: 'challenges that nobody can answer any more',
    table: 'challenge',
    build(query, {now, ages}) {
      if (ages.challenges === undefined) query.where('expiration', '<', utcText(now))
      else query.where('timestamp', '<', utcText(before(now, ages.challenges)))
    },
  },
  {
    name: 'authcache',
    summary: 'passwords that were right too long ago',
    table: 'authcache',
    build: (query, {now, ages}) =>
      void query.where('last_auth', '<', utcText(before(now, ages.authcache ?? authCacheSeconds))),
  },
  {
    name: 'usercache',
    summary: 'looked-up users whose time is over (UserCacheExpiration)',
    table: 'usercache',
    build(query, {now, userCacheSeconds}) {
      if (userCacheSeconds <= 0) return false
      query.where('timestamp', '<', localText(before(now, userCacheSeconds)))
    },
  },
  {
    name: 'password-resets',
    summary: 'recovery codes whose time is over',
    table: 'passwordreset',
    // Local time up to 3.12, UTC later: the later of the two is certainly over.
    build: (query, {now}) => void query.where('expiration', '<', earlier(utcText(now), localText(now))),
  },
  {
    name: 'orphaned-machinetokenoptions',
    summary: 'options of machines whose token is gone',
    table: 'machinetokenoptions',
    // Before the machines themselves, to which they refer.
    build: (query) =>
      void query.whereNotExists(
        (machine) =>
          void machine
            .select('machinetoken.id')
            .from('machinetoken')
            .join('token', 'token.id', 'machinetoken.token_id')
            .whereRaw('?? = ??', ['machinetoken.id', 'machinetokenoptions.machinetoken_id']),
      ),
  },
  ...['tokeninfo', 'tokenowner', 'tokenrealm', 'tokentokengroup', 'machinetoken'].map((table): Sweep => ({
    name: `orphaned-${table}`,
    summary: `rows of ${table} whose token is gone`,
    table,
    build(query) {
      query.where((either) => {
        either.whereNull('token_id').orWhereNotExists(
          (token) =>
            void token
              .select('id')
              .from('token')
              .whereRaw('?? = ??', ['token.id', `${table}.token_id`]),
        )
      })
    },
  })),
  {
    name: 'event-counters',
    summary: 'event counters of a node that stand at zero, which no sum misses',
    table: 'eventcounter',
    build: (query) => void query.where('counter_value', 0),
  },
  {
    name: 'monitoring-stats',
    summary: 'statistics older than --stats-age',
    table: 'monitoringstats',
    build: (query, {now, ages}) =>
      olderThan(query, 'timestamp', ages['monitoring-stats'], (age) => utcText(before(now, age))),
  },
  {
    name: 'client-applications',
    summary: 'client programs not seen for --clients-age',
    table: 'clientapplication',
    build: (query, {now, ages}) =>
      olderThan(query, 'lastseen', ages['client-applications'], (age) => localText(before(now, age))),
  },
  {
    name: 'metrics',
    summary: 'performance figures older than --stats-age',
    table: 'metric_aggregate',
    build: (query, {now, ages}) => olderThan(query, 'window_start', ages.metrics, (age) => utcText(before(now, age))),
  },
  {
    name: 'remembered-devices',
    summary: 'remembered devices whose time is over',
    table: 'remembered_devices',
    key: 'series_id',
    build: (query, {now}) => void query.where('expires_at', '<', utcText(now)),
  },
  {
    name: 'jwt-blacklist',
    summary: 'revoked web tokens that have expired anyway',
    table: 'jwt_blacklist',
    key: 'nonce',
    build: (query, {now}) => void query.where('expiration', '<', utcText(now)),
  },
]

function before(now: Date, seconds: number): Date {
  return new Date(now.getTime() - seconds * 1000)
}

function olderThan(
  query: Knex.QueryBuilder,
  column: string,
  age: number | undefined,
  text: (age: number) => string,
): false | void {
  if (age === undefined) return false
  query.where(column, '<', text(age))
}

function earlier(one: string, other: string): string {
  return one < other ? one : other
}
