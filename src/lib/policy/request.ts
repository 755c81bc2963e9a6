import type {ConditionContext} from './conditions/contract.js'

/**
 * What is asked of the policies. A criterion left out is not checked; the empty text is a value like any other and
 * meets only policies that do not restrict it (spec/07 §4.2, §4.3).
 */
export interface PolicyRequest {
  scope: string
  /** An action key; policies without it do not match. */
  action?: string | undefined
  name?: string | undefined
  login?: string | undefined
  /** Lower case. */
  realm?: string | undefined
  /** Since 3.11: the realms of a token, any of which may be named. */
  additionalRealms?: readonly string[] | undefined
  resolver?: string | undefined
  /** The acting administrator; looked at in scope `admin` only. */
  adminUser?: string | undefined
  /** Empty for administrators of the database. */
  adminRealm?: string | undefined
  /** Name of this node. */
  node?: string | undefined
  /** Address of the client; IPv4 or IPv6. */
  client?: string | undefined
  /** Name of the client program, the part of User-Agent before the slash; empty when unknown. */
  userAgent?: string | undefined
  /** What conditions may look at. */
  context: ConditionContext
  now: Date
}
