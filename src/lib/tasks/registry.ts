import type {TaskKind} from './contract.js'
import {eventCounter} from './kinds/event-counter.js'
import {metricsCleanup} from './kinds/metrics-cleanup.js'
import {simpleStats} from './kinds/simple-stats.js'

/** Modules of periodic tasks. To add one, write its file and add a line. */
export const taskKinds: readonly TaskKind[] = [eventCounter, simpleStats, metricsCleanup]

/** Undefined for a module that nobody knows. */
export function findTaskKind(module: string): TaskKind | undefined {
  return taskKinds.find((kind) => kind.module === module)
}
