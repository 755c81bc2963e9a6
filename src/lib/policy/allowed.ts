import type {PolicyRequest} from './request.js'
import type {PolicySet} from './policy-set.js'

/**
 * Whether an action of scope `admin` or `user` is allowed: a policy matches, or the scope holds no active policy at all
 * (spec/07 §6.4).
 * @throws PolicyError when a condition cannot be evaluated
 */
export async function isAllowed(set: PolicySet, request: PolicyRequest): Promise<boolean> {
  return !set.hasScope(request.scope) || (await set.match(request)).length > 0
}
