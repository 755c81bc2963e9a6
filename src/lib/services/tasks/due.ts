import {PiError} from '../../errors.js'
import {readInterval} from '../../tasks/interval.js'
import type {PeriodicTask} from '../../types/periodic-task.js'

/** Whether the time of a task has come (spec/11 §B2). */
export type DueState =
  | {kind: 'due'; since: Date}
  | {kind: 'waiting'; next: Date}
  | {kind: 'inactive'}
  /** It is for other nodes. */
  | {kind: 'elsewhere'}
  /** Its interval cannot be read, or never comes. */
  | {kind: 'never'; reason: string}

/** Counted from the last run on the node, else from when the definition was written last. */
export function dueState(task: PeriodicTask, node: string, now: Date): DueState {
  if (!task.active) return {kind: 'inactive'}
  if (!task.nodes.includes(node)) return {kind: 'elsewhere'}
  const next = nextRun(task, node)
  if ('reason' in next) return {kind: 'never', reason: next.reason}
  return next.at <= now ? {kind: 'due', since: next.at} : {kind: 'waiting', next: next.at}
}

/** When a task is to run next on a node, whether it is active or not. */
export function nextRun(task: PeriodicTask, node: string): {at: Date} | {reason: string} {
  try {
    const at = readInterval(task.interval, task.name).nextAfter(task.lastRuns.get(node) ?? task.lastUpdate)
    return at ? {at} : {reason: `The interval '${task.interval}' never comes.`}
  } catch (error) {
    if (error instanceof PiError) return {reason: error.message}
    throw error
  }
}
