import {nextRun} from '../lib/services/tasks/due.js'
import type {PeriodicTask} from '../lib/types/periodic-task.js'

/** A periodic task as `--json` shows it; times are ISO 8601, UTC. */
export interface TaskDocument {
  id: number
  name: string
  active: boolean
  interval: string
  nodes: readonly string[]
  module: string
  retryIfFailed: boolean
  ordering: number
  options: Readonly<Record<string, string>>
  lastUpdate: string
  /** By node. */
  lastRuns: Record<string, string>
  /** By node; null where the interval never comes or cannot be read. */
  nextRuns: Record<string, string | null>
}

export function taskDocument({lastRuns, lastUpdate, ...task}: PeriodicTask): TaskDocument {
  const full = {...task, lastRuns, lastUpdate}
  return {
    ...task,
    lastUpdate: lastUpdate.toISOString(),
    lastRuns: Object.fromEntries([...lastRuns].map(([node, at]) => [node, at.toISOString()])),
    nextRuns: Object.fromEntries(
      task.nodes.map((node) => {
        const next = nextRun(full, node)
        return [node, 'at' in next ? next.at.toISOString() : null]
      }),
    ),
  }
}
