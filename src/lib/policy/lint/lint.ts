import type {Policy} from '../../types/policy.js'
import type {Severity} from '../../types/severity.js'
import type {Fault, Finding, LintSurroundings, PairRule, PolicyRule, SetRule} from './contract.js'
import {actionRules} from './rules/actions.js'
import {conditionRules} from './rules/conditions.js'
import {formRules} from './rules/form.js'
import {listRules} from './rules/lists.js'
import {pairRules, setRules} from './rules/pairs.js'
import {syntaxRules} from './rules/syntax.js'

const policyRules: readonly PolicyRule[] = [
  ...actionRules,
  ...formRules,
  ...listRules,
  ...conditionRules,
  ...syntaxRules,
]

/** Id, severity and title of every rule, in the order of their ids. */
export const lintRules: readonly {id: string; severity: Severity; title: string}[] = [
  ...policyRules,
  ...pairRules,
  ...setRules,
]
  .map(({id, severity, title}) => ({id, severity, title}))
  .sort((a, b) => (a.id < b.id ? -1 : 1))

/** Applies every rule of spec/07 §10 to a set of policies; inactive ones are looked at alone, but in no pair. */
export function lintPolicies(policies: readonly Policy[], surroundings: LintSurroundings): Finding[] {
  const findings: Finding[] = []
  const add = (
    rule: PolicyRule | PairRule | SetRule,
    {message, severity}: Fault,
    policy: string,
    other?: string,
  ): void => {
    findings.push({
      message,
      policy,
      rule: rule.id,
      severity: severity ?? rule.severity,
      ...(other !== undefined && {other}),
    })
  }
  for (const policy of policies) {
    for (const rule of policyRules) for (const fault of rule.check(policy, surroundings)) add(rule, fault, policy.name)
  }
  for (const [first, second] of pairsOf(policies)) {
    for (const rule of pairRules) {
      for (const fault of rule.check(first, second, surroundings)) add(rule, fault, first.name, second.name)
    }
  }
  for (const rule of setRules) for (const fault of rule.check(policies, surroundings)) add(rule, fault, fault.policy)
  return findings
}

/** Pairs of active policies of one scope that name a common action; others cannot meet. */
function* pairsOf(policies: readonly Policy[]): Iterable<[Policy, Policy]> {
  const byAction = new Map<string, Policy[]>()
  const seen = new Set<string>()
  for (const policy of policies) {
    if (!policy.active) continue
    for (const key of policy.actions.keys()) {
      const place = `${policy.scope}\0${key}`
      const others = byAction.get(place) ?? []
      for (const other of others) {
        const pair = `${other.id}\0${other.name}\0${policy.id}\0${policy.name}`
        if (seen.has(pair)) continue
        seen.add(pair)
        yield [other, policy]
      }
      others.push(policy)
      byAction.set(place, others)
    }
  }
}
