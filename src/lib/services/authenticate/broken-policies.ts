import {compileAnchored, isNegation} from '../../policy/elements.js'
import type {PolicySet} from '../../policy/policy-set.js'
import {hasUnknownDay} from '../../policy/time.js'
import type {Policy} from '../../types/policy.js'

/** A policy that nobody can evaluate, and why. */
export interface BrokenPolicy {
  policy: Policy
  fault: string
}

const known = new WeakMap<PolicySet, readonly BrokenPolicy[]>()

/**
 * The first policy of a scope that an action may depend on and that cannot be evaluated. A login is refused rather than
 * decided as if a restriction were not there, and the originals fail, too.
 */
export function brokenPolicy(set: PolicySet, scope: string, action: string): BrokenPolicy | undefined {
  let broken = known.get(set)
  if (!broken) known.set(set, (broken = set.policies.filter(({active}) => active).flatMap(examine)))
  return broken.find(({policy}) => policy.scope === scope && (policy.actions.has(action) || policy.actions.has('*')))
}

function examine(policy: Policy): BrokenPolicy[] {
  const {users, realms, resolvers, nodes, adminUsers, adminRealms, time} = policy
  const pattern = [users, realms, resolvers, nodes, adminUsers, adminRealms].flat().find(isUnreadable)
  if (pattern !== undefined) return [{policy, fault: `'${pattern}' is no regular expression`}]
  return hasUnknownDay(time) ? [{policy, fault: `the time '${time}' names an unknown day`}] : []
}

function isUnreadable(element: string): boolean {
  return element !== '*' && !isNegation(element) && compileAnchored(element) === undefined
}
