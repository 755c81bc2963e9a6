/** A value on the left side of a comparison: a column keeps its native type. */
export type ConditionValue = string | number | boolean | null | readonly string[]

/** What conditions may look at. A datum that the caller does not know is `undefined`, one that it knows to be empty is not. */
export interface ConditionContext {
  /** Attributes of the user the request is about; resolved only when a condition asks. */
  userInfo?: (() => Promise<Readonly<Record<string, ConditionValue>>>) | undefined
  /** The token the request is about: columns under their database names, and its tokeninfo. */
  token?: {columns: Readonly<Record<string, ConditionValue>>; info: Readonly<Record<string, string>>} | undefined
  /** Request headers by lower-case name. */
  headers?: Readonly<Record<string, string>> | undefined
  /** The request in CGI names (REQUEST_METHOD, HTTP_USER_AGENT …). */
  environment?: Readonly<Record<string, string>> | undefined
  /** Since 3.12: the container of the request. */
  container?: {columns: Readonly<Record<string, ConditionValue>>; info: Readonly<Record<string, string>>} | undefined
  /** Since 3.12: request parameters without passwords. */
  requestData?: Readonly<Record<string, ConditionValue>> | undefined
}

/** What a section found: a value, or why there is none. */
export type Lookup = {value: ConditionValue} | {missing: 'object' | 'key'}

/** One section of policy conditions: where its left value comes from and how the original words its failures. */
export interface ConditionSection {
  /** The text in the database, e.g. `HTTP Request header`. */
  readonly name: string
  /** First release with this section, as [major, minor]. */
  readonly since: readonly [number, number]
  lookup(key: string, context: ConditionContext): Promise<Lookup>
  /** Messages of 3.8; `policy` and `key` come quoted. */
  readonly messages: {
    noObject: (policy: string, key: string) => string
    noKey: (policy: string, key: string) => string
    badComparison: (policy: string) => string
  }
}
