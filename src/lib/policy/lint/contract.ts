import type {Policy} from '../../types/policy.js'
import type {Release} from '../../types/release.js'
import type {Severity} from '../../types/severity.js'

/** One thing that a rule found. */
export interface Finding {
  /** Rule id of spec/07 §10, e.g. `P013`. */
  rule: string
  severity: Severity
  policy: string
  /** The second policy of a pair. */
  other?: string
  message: string
}

/** What the rules need to know of the installation; absent knowledge is not checked. */
export interface LintSurroundings {
  /** Release of privacyIDEA that the policies are meant for. */
  release: Release
  realms?: ReadonlySet<string>
  /** Realms of administrators beside the internal one. */
  adminRealms?: ReadonlySet<string>
  resolvers?: ReadonlySet<string>
  nodes?: ReadonlySet<string>
  radiusServers?: ReadonlySet<string>
  /** Whether a file named by a text can be read. */
  canRead?: (path: string) => boolean
  /** Whether the server is reached over IPv6 as well. */
  ipv6?: boolean
  /** Maximal length of policy.action; absent for TEXT. */
  actionLength?: number | undefined
}

/** A fault without the names that the runner adds. */
export interface Fault {
  message: string
  /** When it differs from that of the rule. */
  severity?: Severity
}

/** A rule over one policy. */
export interface PolicyRule {
  readonly id: string
  readonly severity: Severity
  /** What the rule looks for, for its documentation. */
  readonly title: string
  check(policy: Policy, surroundings: LintSurroundings): Iterable<Fault>
}

/** A rule over two active policies of one scope. */
export interface PairRule {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  check(first: Policy, second: Policy, surroundings: LintSurroundings): Iterable<Fault>
}

/** A rule over all policies. */
export interface SetRule {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  check(policies: readonly Policy[], surroundings: LintSurroundings): Iterable<Fault & {policy: string}>
}
