/** A periodic task with when it ran (spec/11 §B1). */
export interface PeriodicTask {
  id: number
  name: string
  active: boolean
  /** As stored; it may be none that can be read. */
  interval: string
  nodes: readonly string[]
  module: string
  retryIfFailed: boolean
  ordering: number
  options: Readonly<Record<string, string>>
  lastUpdate: Date
  /** By node. */
  lastRuns: ReadonlyMap<string, Date>
}
