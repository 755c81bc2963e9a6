/** A user as requests and tokens name one: login, realm and the resolver that knows the login. */
export interface User {
  login: string
  realm: string
  resolver: string
  /** The id inside the resolver, as text. */
  userId: string
}
