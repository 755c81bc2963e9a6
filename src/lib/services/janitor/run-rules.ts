import {PiError} from '../../errors.js'
import {guardMass} from '../../jobs/breaker.js'
import type {JanitorAction} from './actions.js'
import type {ApplyResult} from './apply.js'
import {needsOrphans, type Condition, type Field} from './condition.js'
import {makePlan} from './plan.js'
import type {Rule} from './rules.js'
import {carryOut, type JanitorEnv} from './run.js'
import type {SelectionEnv} from './select.js'
import type {UndoWriter} from './undo-file.js'

/** What a rule has done, or would do; serials. */
export interface RuleResult {
  name: string
  /** Tokens that no longer meet the condition. */
  unmarked: string[]
  action?: JanitorAction['name']
  changed: string[]
  marked: string[]
  skipped: ApplyResult['skipped']
  failed: ApplyResult['failed']
  /** Why the action was not carried out: too many tokens. */
  refused?: string
}

export interface RunRulesOptions {
  dryRun: boolean
  undo?: UndoWriter | undefined
  signal?: AbortSignal | undefined
  /** Before each transaction: throws when the lock was lost. */
  check: () => void
}

/**
 * Runs one rule: takes the mark from tokens that no longer meet the condition, acts on those that have been marked long
 * enough, and marks the new ones. Without a mark it acts at once.
 */
export async function runRule(
  env: JanitorEnv,
  selection: SelectionEnv,
  rule: Rule,
  options: RunRulesOptions,
): Promise<RuleResult> {
  const result: RuleResult = {name: rule.name, unmarked: [], changed: [], marked: [], skipped: [], failed: []}
  const step = async (condition: Condition, action: JanitorAction, guarded: boolean): Promise<string[]> => {
    const plan = await makePlan(selection, condition, {action, found: `rule ${rule.name}`})
    if (guarded) guardMass(plan.tokens.length, plan.database.tokens, `tokens to ${action.name}`, rule.allowMass)
    if (options.dryRun) return plan.tokens.map(({serial}) => serial)
    const {changed, skipped, failed} = await carryOut(env, plan, options)
    result.skipped.push(...skipped)
    result.failed.push(...failed)
    return changed
  }
  const {mark, action, condition} = rule
  const now = env.now()
  if (mark === undefined) {
    result.action = action!.name
    await guardedly(result, async () => (result.changed = await step(condition, action!, true)))
    return result
  }

  const field: Field = {of: 'info', key: mark}
  const marked: Condition = {kind: 'present', field}
  // As long as a user store does not answer, its tokens keep their marks.
  const known: Condition[] = needsOrphans(condition)
    ? [{kind: 'any', of: [true, false].map((value) => ({kind: 'orphaned', value, onError: false}) as const)}]
    : []
  result.unmarked = await step(
    {kind: 'all', of: [marked, {kind: 'not', of: condition}, ...known]},
    {name: 'remove-info', keys: [mark]},
    false,
  )
  if (action) {
    result.action = action.name
    const border = (now.getTime() - rule.afterSeconds * 1000) * 1000
    const longEnough: Condition = {kind: 'field', field, test: {op: 'date', compare: '<=', value: border, naive: 'utc'}}
    await guardedly(result, async () => {
      result.changed = await step({kind: 'all', of: [condition, longEnough]}, action, true)
    })
  }
  const since = {key: mark, value: `${now.toISOString().slice(0, 19)}+00:00`}
  result.marked = await step(
    {kind: 'all', of: [condition, {kind: 'not', of: marked}]},
    {name: 'mark', info: since},
    false,
  )
  return result
}

/** A rule that would touch too many tokens does not keep the others from their work. */
async function guardedly(result: RuleResult, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'BREAKER') throw error
    result.refused = error.message
  }
}
