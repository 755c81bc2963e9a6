import type {Policy, PolicyCondition} from '../../types/policy.js'
import {PolicyError, quoted} from '../errors.js'
import {comparators, InvalidComparison} from './comparators.js'
import type {ConditionContext} from './contract.js'
import {conditionSections} from './registry.js'

/**
 * Whether every active condition of a policy holds; stops at the first that does not.
 * @throws PolicyError when a condition cannot be evaluated, which ends the request (spec/07 §5)
 */
export async function conditionsHold(policy: Policy, context: ConditionContext, now: Date): Promise<boolean> {
  for (const condition of policy.conditions) {
    if (condition.active && !(await conditionHolds(policy, condition, context, now))) return false
  }
  return true
}

/** One condition of a policy. @throws PolicyError */
export async function conditionHolds(
  policy: Policy,
  condition: PolicyCondition,
  context: ConditionContext,
  now: Date,
): Promise<boolean> {
  const name = quoted(policy.name)
  const section = conditionSections.get(condition.section)
  if (!section) throw new PolicyError(`Policy ${name} has condition with unknown section`)
  const found = await section.lookup(condition.key, context)
  if ('missing' in found) {
    if (condition.missingData === 'condition_is_true') return true
    if (condition.missingData === 'condition_is_false') return false
    const key = quoted(condition.key)
    throw new PolicyError(
      found.missing === 'object' ? section.messages.noObject(name, key) : section.messages.noKey(name, key),
    )
  }
  const compare = comparators.get(condition.comparator)
  if (!compare) throw new PolicyError(section.messages.badComparison(name))
  try {
    return compare(found.value, condition.value, now)
  } catch (error) {
    if (error instanceof InvalidComparison) throw new PolicyError(section.messages.badComparison(name))
    throw error
  }
}
