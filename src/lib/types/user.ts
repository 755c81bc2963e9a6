/** A user as requests and tokens name one: login, realm and the resolver that knows the login. */
export interface User {
  login: string
  realm: string
  resolver: string
  /** The id inside the resolver, as text. */
  userId: string
}

/**
 * What a resolver tells about a user, under the names of spec/10 §2.1 (`email`, `givenname`, …) and any other mapped
 * key. Password hashes are never among them.
 */
export type UserInfo = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** One entry of a user listing. */
export interface UserRecord {
  userId: string
  login: string
  resolver: string
  /** Realm under which the resolver was asked; absent when it was asked directly. */
  realm?: string
  info: UserInfo
}
