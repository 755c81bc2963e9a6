import type {Policy} from '../types/policy.js'
import {splitValue} from './encoding.js'
import {PolicyError, quoted} from './errors.js'

export interface ValueOptions {
  /** Only the policies of the best priority count, and they must agree. */
  unique?: boolean
  /** The whole text is one value instead of a list of words. */
  whiteSpace?: boolean
}

/** Value → names of the policies that give it, in the order of their first occurrence. */
export type ActionValues = ReadonlyMap<string, readonly string[]>

/**
 * The values of an action in matched policies (spec/07 §6.2). A policy that matched through a wildcard key gives none;
 * one that names a value-carrying action without a value gives none either, where the original fails.
 * @param matched policies in priority order, as PolicySet.match gives them
 * @throws PolicyError when a unique action has several values
 */
export function actionValues(
  matched: readonly Policy[],
  action: string,
  {unique = false, whiteSpace = false}: ValueOptions = {},
): ActionValues {
  const best = matched[0]?.priority
  const considered = unique ? matched.filter(({priority}) => priority === best) : matched
  const values = new Map<string, string[]>()
  for (const {actions, name} of considered) {
    const text = actions.get(action)
    if (typeof text !== 'string') continue
    for (const value of splitValue(text, whiteSpace)) {
      const names = values.get(value)
      if (!names) values.set(value, [name])
      else if (!names.includes(name)) names.push(name)
    }
  }
  if (unique && values.size > 1) throw conflict(considered)
  return values
}

/** The one value of a unique action, or `undefined`. @throws PolicyError on a conflict */
export function uniqueValue(matched: readonly Policy[], action: string, {whiteSpace = false} = {}): string | undefined {
  return actionValues(matched, action, {unique: true, whiteSpace}).keys().next().value
}

/** The error of policies of one priority that contradict each other. */
export function conflict(policies: readonly Policy[]): PolicyError {
  return new PolicyError(
    `There are policies with conflicting actions: [${policies.map(({name}) => quoted(name)).join(', ')}]`,
  )
}
