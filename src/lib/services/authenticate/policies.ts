import type {ActionValues} from '../../policy/values.js'

/** Scopes that a login asks. */
export type AskedScope = 'authentication' | 'authorization' | 'enrollment' | 'user' | 'admin' | 'webui'

/** The user a question is about; all texts empty: nobody, whom only unrestricted policies meet. */
export interface PolicyUser {
  login: string
  realm: string
  resolver: string
  userId: string
}

/** Whom a question is about (spec/07 §6.3). */
export interface About {
  /** Absent: policies restricted to users, realms or resolvers match too. */
  user?: PolicyUser | undefined
  /** Only this realm is looked at; for tokens without owner. */
  realm?: string | undefined
  /** The acting administrator. */
  admin?: {name: string; realm: string} | undefined
}

/** The policies that match a question, and what they say. */
export interface PolicyAnswer {
  /** Names, most important first; empty when no policy matches. */
  readonly names: readonly string[]
  /** What each says, most important first; `true` without a value. */
  readonly entries: readonly {name: string; value: string | true; priority: number}[]
  /** Values of all matching policies, split into words unless `whiteSpace`. */
  values(options?: {whiteSpace?: boolean}): ActionValues
  /** The one value of the most important policies. @throws PolicyError when they contradict each other */
  unique(options?: {whiteSpace?: boolean}): {value: string; names: readonly string[]} | undefined
}

/**
 * The decisions of one request, made on one snapshot of the policies. The flow knows what an action means, this port
 * only which policies apply; {@link noPolicies} is an installation without any.
 */
export interface AuthPolicies {
  /** @throws PolicyError when a condition cannot be evaluated */
  ask(scope: AskedScope, action: string, about?: About): Promise<PolicyAnswer>
  /** Whether the scope has any active policy; without one, every action of `admin` and `user` is allowed. */
  hasScope(scope: AskedScope): boolean
}

const noAnswer: PolicyAnswer = {names: [], entries: [], values: () => new Map(), unique: () => undefined}

/** An installation without policies. */
export const noPolicies: AuthPolicies = {
  ask: async () => noAnswer,
  hasScope: () => false,
}
