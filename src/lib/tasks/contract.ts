/** One option of a task; stored as text. */
export interface TaskOption {
  key: string
  type: 'text' | 'flag' | 'integer'
  /** The task does nothing without it. */
  required?: boolean
  summary: string
}

/** What tasks need of the installation. */
export interface TaskEnv {
  now(): Date
  tokens: TokenCounts
  counters: EventCounters
  statistics: Statistics
  /** Deletes performance figures of 3.14 older than a moment. @returns rows; undefined where there are none */
  deleteMetrics(before: Date): Promise<number | undefined>
  /** Told about what did not keep the task from succeeding. */
  warn(message: string): void
}

/** Numbers of tokens (spec/11 §B4). */
export interface TokenCounts {
  total(): Promise<number>
  /** Tokens with this tokeninfo `tokenkind`; `unassigned`: only those without owner. */
  ofKind(kind: string, options?: {unassigned?: boolean}): Promise<number>
  /** Tokens with an owner; one with two owners counts twice. */
  assigned(): Promise<number>
  /** Users who own an active token. */
  usersWithToken(): Promise<number>
}

/** Counters that event handlers keep, one value a node. */
export interface EventCounters {
  /** By node; empty for an unknown counter. */
  values(name: string): Promise<readonly {node: string; value: number}[]>
  /** Takes away what was read, so that increments meanwhile stay. */
  subtract(name: string, values: readonly {node: string; value: number}[]): Promise<void>
}

/** The table of statistics. */
export interface Statistics {
  write(key: string, value: number, at: Date): Promise<void>
}

/** A module of periodic tasks. */
export interface TaskKind {
  /** As `periodictask.taskmodule` names it. */
  readonly module: string
  readonly summary: string
  readonly options: readonly TaskOption[]
  /** False: it failed. @throws whatever kept it from its work */
  run(options: Readonly<Record<string, string>>, env: TaskEnv): Promise<boolean>
}

/** Whether the text of an option means yes (spec/11, `truthy`). */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && ['1', 'True', 'true', 'TRUE'].includes(text)
}
