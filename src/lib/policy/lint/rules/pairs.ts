import type {Policy} from '../../../types/policy.js'
import type {PolicyAction} from '../../actions/contract.js'
import {compileAnchored} from '../../elements.js'
import {splitValue, formatActions, formatList} from '../../encoding.js'
import {covers, overlapOf, type Overlap} from '../overlap.js'
import type {Severity} from '../../../types/severity.js'
import type {PairRule, SetRule} from '../contract.js'
import {declared} from './actions.js'

/** One step lower when the two may meet only perhaps. */
function lowered(severity: Severity, overlap: Overlap): Severity {
  if (overlap === 'sure') return severity
  return severity === 'error' ? 'warning' : 'info'
}

/** Actions with a value in both policies. */
function* common(first: Policy, second: Policy): Iterable<{action: PolicyAction; a: string; b: string}> {
  for (const {action, value} of declared(first)) {
    const other = second.actions.get(action.name)
    if (typeof value === 'string' && typeof other === 'string') yield {a: value, action, b: other}
  }
}

const sameValue = (action: PolicyAction, a: string, b: string): boolean =>
  splitValue(a, action.whiteSpace).join('\0') === splitValue(b, action.whiteSpace).join('\0')

export const pairRules: readonly PairRule[] = [
  {
    id: 'P101',
    severity: 'error',
    title: 'two policies contradict each other',
    *check(first, second) {
      const overlap = overlapOf(first, second)
      if (overlap === 'none') return
      for (const {a, action, b} of common(first, second)) {
        const single = action.reading === 'unique' || action.name === 'passthru'
        const anyPriority = action.name === 'setrealm'
        if (!(single && first.priority === second.priority) && !anyPriority) continue
        if (sameValue(action, a, b)) continue
        yield {
          message: `'${action.name}' is '${a}' here and '${b}' there${anyPriority ? '' : ' with the same priority'}: requests that meet both end with an error.`,
          severity: lowered('error', overlap),
        }
      }
    },
  },
  {
    id: 'P102',
    severity: 'warning',
    title: 'a policy never has an effect because of another',
    *check(first, second) {
      const [strong, weak] = first.priority <= second.priority ? [first, second] : [second, first]
      if (strong.priority === weak.priority || !covers(strong, weak)) return
      for (const {action} of common(strong, weak)) {
        if (action.reading === 'unique') {
          yield {
            message: `'${action.name}' of '${weak.name}' never counts: '${strong.name}' meets all its requests with a better priority.`,
          }
        }
      }
    },
  },
  {
    id: 'P103',
    severity: 'warning',
    title: 'two policies are the same but for the name',
    *check(first, second) {
      if (likeness(first) === likeness(second)) yield {message: 'The two policies are the same but for their names.'}
    },
  },
  {
    id: 'P104',
    severity: 'warning',
    title: 'the larger of two limits counts',
    *check(first, second) {
      if (overlapOf(first, second) === 'none') return
      for (const {a, action, b} of common(first, second)) {
        if (action.reading === 'max' && Number(a) !== Number(b)) {
          yield {
            message: `'${action.name}' is ${a} here and ${b} there; where both match, ${Math.max(Number(a), Number(b))} counts, whatever the priorities.`,
          }
        }
      }
    },
  },
  {
    id: 'P105',
    severity: 'warning',
    title: 'a grant does not win over a deny',
    *check(first, second) {
      if (first.scope !== 'authorization' || overlapOf(first, second) === 'none') return
      const value = (policy: Policy): string | undefined => {
        const found = policy.actions.get('authorized')
        return typeof found === 'string' ? splitValue(found, true)[0] : undefined
      }
      const [grant, deny] = value(first) === 'grant_access' ? [first, second] : [second, first]
      if (value(grant) !== 'grant_access' || value(deny) !== 'deny_access' || grant.priority < deny.priority) return
      yield {
        message: `'${grant.name}' grants with priority ${grant.priority}, which does not win over the deny of '${deny.name}' (${deny.priority}).`,
      }
    },
  },
  {
    id: 'P107',
    severity: 'info',
    title: 'the values of two policies come together',
    *check(first, second) {
      if (first.scope !== 'authorization' || overlapOf(first, second) === 'none') return
      for (const {action} of common(first, second)) {
        if (action.name === 'tokeninfo') yield {message: `The values of 'tokeninfo' of both policies are all required.`}
        else if (action.name === 'tokentype' || action.name === 'serial') {
          yield {message: `The values of '${action.name}' of both policies are united.`}
        }
      }
    },
  },
]

function likeness(policy: Policy): string {
  const lists = [policy.realms, policy.users, policy.resolvers, policy.adminRealms, policy.adminUsers, policy.nodes]
  return JSON.stringify([
    formatActions(new Map([...policy.actions].sort())),
    ...lists.map((list) => formatList([...list].sort())),
    formatList([...policy.clients].sort()),
    formatList([...policy.userAgents].sort()),
    policy.time,
    policy.priority,
    policy.checkAllResolvers,
    policy.userCaseInsensitive,
    policy.conditions,
  ])
}

export const setRules: readonly SetRule[] = [
  {
    id: 'P032',
    severity: 'error',
    title: 'enrolling push tokens while logging in needs two more policies',
    *check(policies) {
      const active = policies.filter((policy) => policy.active)
      const reaching = (policy: Policy, action: string): boolean =>
        active.some(
          (other) => other.scope === 'enrollment' && other.actions.has(action) && overlapOf(policy, other) !== 'none',
        )
      for (const policy of active) {
        if (policy.scope !== 'authentication' || policy.actions.get('enroll_via_multichallenge') !== 'PUSH') continue
        for (const needed of ['push_firebase_configuration', 'push_registration_url']) {
          if (!reaching(policy, needed))
            yield {message: `No enrollment policy with '${needed}' reaches the same users.`, policy: policy.name}
        }
      }
    },
  },
  {
    id: 'P106',
    severity: 'warning',
    title: 'nobody could change the policies any more',
    *check(policies) {
      for (const scope of ['admin', 'user']) {
        const active = policies.filter((policy) => policy.active && policy.scope === scope)
        const [only] = active
        if (!only || active.length > 1) continue
        if (scope === 'admin' && !grants(only, 'policywrite')) {
          yield {
            message: `It is the only active policy in scope admin and does not grant 'policywrite': nobody can change policies.`,
            policy: only.name,
          }
        }
      }
    },
  },
]

function grants(policy: Policy, action: string): boolean {
  const keys = [...policy.actions.keys()]
  if (keys.includes(`-${action}`) || keys.includes(`!${action}`)) return false
  return keys.includes(action) || keys.includes('*') || keys.some((key) => compileAnchored(key)?.(action) ?? false)
}
