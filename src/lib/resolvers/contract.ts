import type {Knex} from 'knex'
import type {UserInfo} from '../types/user.js'

/** One setting of a resolver type as the original declares it (spec/10 §3–§7). */
export interface ResolverSetting {
  key: string
  type: 'string' | 'int' | 'bool' | 'password'
  /** Value when the row is absent. */
  default?: string
  summary: string
}

/** A user as a resolver finds one by login: the login may differ from the one typed (spec/10 §4.2). */
export interface FoundUser {
  userId: string
  login: string
}

/** An entry of a listing. */
export interface ListedUser extends FoundUser {
  info: UserInfo
}

/** Conditions of a listing: user-info key → text with `*` wildcards; all must hold. */
export type UserSearch = Readonly<Record<string, string>>

/** Outcome of a connection test. */
export interface ResolverTest {
  ok: boolean
  /** Users seen, when the test counts them. */
  users?: number
  message: string
}

/**
 * A connection to a user store. Look-ups have three outcomes and must not confuse them (spec/10 §13): a value, `undefined`
 * when the store answered and knows no such user, and a thrown PiError UNAVAILABLE for everything else.
 */
export interface Resolver {
  findUser(login: string): Promise<FoundUser | undefined>
  findLogin(userId: string): Promise<string | undefined>
  userInfo(userId: string): Promise<UserInfo | undefined>
  /** False for a wrong password, an unknown user and a store that cannot check one. @throws PiError UNAVAILABLE */
  checkPassword(userId: string, password: string): Promise<boolean>
  /** Lists users, at most as many as the store is set to give; a key that the store cannot search finds nobody. */
  listUsers(search: UserSearch): AsyncIterable<ListedUser>
  test(): Promise<ResolverTest>
  close(): Promise<void>
}

/** What a resolver needs from outside; services satisfy it, so that kinds need no database layer of ours. */
export interface ResolverEnv {
  /** Against which relative file names are resolved: the working directory of the server. */
  directory: string
  /** Opens a foreign database. @throws PiError CONFIG (driver), UNAVAILABLE */
  connectSql(target: SqlTarget): Promise<Knex>
}

/** A database as an SQL resolver describes one; credentials in clear. */
export interface SqlTarget {
  /** SQLAlchemy dialect, e.g. `mysql+pymysql`. */
  driver: string
  host: string
  port: number | undefined
  /** File for SQLite. */
  database: string
  user: string
  password: string
  /** Query part of the URI, without `?`. */
  parameters: string
  poolSize: number
}

/** Settings of one resolver by key; passwords in clear. */
export type ResolverConfig = ReadonlyMap<string, string>

/** A type of user store. */
export interface ResolverKind {
  /** As stored, e.g. `passwdresolver`. */
  readonly type: string
  readonly settings: readonly ResolverSetting[]
  /** Connects lazily: it may succeed for a store that is down. @throws PiError CONFIG for settings that make no sense */
  open(config: ResolverConfig, env: ResolverEnv): Promise<Resolver>
}
