import type {Knex} from 'knex'
import type {UserInfo} from '../types/user.js'

/** One setting of a resolver type as the original declares it (spec/10 §3–§7). */
export interface ResolverSetting {
  key: string
  /** `dict` is JSON text; in one of `dict_with_password` the members in `secrets` are encrypted (3.12). */
  type: 'string' | 'int' | 'bool' | 'password' | 'dict' | 'dict_with_password'
  /** Value when the row is absent. */
  default?: string
  /** No user is found without it. */
  required?: boolean
  /** Members of the JSON text that are passwords. */
  secrets?: readonly string[]
  /** The original stores it in clear, we mask it. */
  masked?: boolean
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

export interface UserListOptions {
  /** Most entries to give; absent: what the resolver is set to; `Infinity`: all that the store gives. */
  limit?: number | undefined
}

export interface LookupOptions {
  /** Ask the store even when a kept answer is there. */
  fresh?: boolean
}

/** Outcome of a connection test. */
export interface ResolverTest {
  ok: boolean
  /** Users seen, when the test counts them. */
  users?: number
  message: string
}

/**
 * What is to be stored of a user: user-info keys → texts, lists where the store holds several values; `password` in clear;
 * the empty text and the empty list take a value away.
 */
export type UserFields = Readonly<Record<string, string | readonly string[]>>

/** Changes users in their store. */
export interface UserEditor {
  /**
   * @returns the id of the new user
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT (fields that the store cannot take), UNAVAILABLE
   */
  create(fields: UserFields): Promise<string>
  /** Keeps what is not among the fields. @throws PiError NOT_FOUND, INVALID_INPUT, UNAVAILABLE */
  update(userId: string, fields: UserFields): Promise<void>
  /** @throws PiError NOT_FOUND, UNAVAILABLE */
  delete(userId: string): Promise<void>
}

/**
 * A connection to a user store. Look-ups have three outcomes and must not confuse them (spec/10 §13): a value, `undefined`
 * when the store answered and knows no such user, and a thrown PiError UNAVAILABLE for everything else.
 */
export interface Resolver {
  findUser(login: string): Promise<FoundUser | undefined>
  findLogin(userId: string, options?: LookupOptions): Promise<string | undefined>
  userInfo(userId: string): Promise<UserInfo | undefined>
  /** False for a wrong password, an unknown user and a store that cannot check one. @throws PiError UNAVAILABLE */
  checkPassword(userId: string, password: string): Promise<boolean>
  /** Lists users; a key that the store cannot search finds nobody. */
  listUsers(search: UserSearch, options?: UserListOptions): AsyncIterable<ListedUser>
  /**
   * The ids of all users in pages, with as little else as can be; absent where `listUsers` costs the same. It may end
   * early where the store limits its answers: who is not among them may still exist.
   */
  listIds?(): AsyncIterable<readonly string[]>
  /** Present when the store can be written and the resolver is set to allow it. */
  editor?: UserEditor
  test(): Promise<ResolverTest>
  close(): Promise<void>
}

/** What a resolver needs from outside; services satisfy it, so that kinds need no database layer of ours. */
export interface ResolverEnv {
  /** Against which relative file names are resolved: the working directory of the server. */
  directory: string
  /** Opens a foreign database. @throws PiError CONFIG (driver), UNAVAILABLE */
  connectSql(target: SqlTarget): Promise<Knex>
  /** `PI_LDAP_POOLING_LOOP_TIMEOUT`: seconds between two rounds through all servers; absent: 10. */
  ldapRoundSeconds?: number | undefined
  /** Credentials of SQL resolvers are stored as they are (eduMFA), not percent-encoded. */
  rawSqlCredentials?: boolean | undefined
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
  /** Connections kept open. */
  poolSize: number
  /** Seconds to wait for a connection. */
  poolTimeout: number
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
