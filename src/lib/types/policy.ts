/** Where a policy acts (spec/07 §2). */
export type PolicyScope =
  | 'admin'
  | 'user'
  | 'authentication'
  | 'authorization'
  | 'enrollment'
  | 'webui'
  | 'register'
  | 'audit'
  | 'container'
  | 'token'
  | 'hardening'

/** Action key → its text, or `true` when the policy names it without a value (spec/07 §3). */
export type PolicyActions = ReadonlyMap<string, string | true>

/** What to do when the datum of a condition is not there (spec/07 §5.4). */
export type MissingData = 'raise_error' | 'condition_is_false' | 'condition_is_true'

/** One extended condition; all active ones must hold. */
export interface PolicyCondition {
  section: string
  key: string
  comparator: string
  value: string
  active: boolean
  /** Since 3.12; absent means `raise_error`. */
  missingData?: MissingData
}

/** A policy, decoded from its row. Empty lists do not restrict. */
export interface Policy {
  /** Row id; equal priorities keep its order. */
  id: number
  name: string
  /** As stored: unknown scopes are kept and match nothing. */
  scope: string
  active: boolean
  actions: PolicyActions
  /** The action column as stored, where the policy comes from a database: it shows what the map cannot hold. */
  actionText?: string
  /** User realms. */
  realms: readonly string[]
  /** Logins. */
  users: readonly string[]
  resolvers: readonly string[]
  /** Realms and logins of the acting administrator. */
  adminRealms: readonly string[]
  adminUsers: readonly string[]
  /** Node names. */
  nodes: readonly string[]
  /** Addresses and networks. */
  clients: readonly string[]
  /** Names of client programs, since 3.12. */
  userAgents: readonly string[]
  /** Time ranges as stored, e.g. `mon-fri:8-17`; server local time. */
  time: string
  /** 1 is the most important. */
  priority: number
  checkAllResolvers: boolean
  /** Since 3.10. */
  userCaseInsensitive: boolean
  conditions: readonly PolicyCondition[]
  /** Free text, since 3.10. */
  description?: string
}
