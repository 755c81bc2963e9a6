import type {Knex} from 'knex'

export type DialectName = 'sqlite' | 'postgres' | 'mariadb'

/** A row as the application gives it: logical column names, JS booleans, dates as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type Row = Record<string, unknown>

/**
 * What a database holds and how it is written (spec/01 §2, §5): found once when it is opened. All differences between
 * releases and between the products are asked here, never by comparing versions elsewhere.
 */
export interface Schema {
  readonly product: 'privacyidea' | 'edumfa'
  /** Release as in spec/01 §2.1, e.g. `3.8`, `3.14dev1`, `2.9.1` (of eduMFA). */
  readonly version: string
  /** Content of alembic_version; absent when the tables were never stamped. */
  readonly revision: string | undefined
  readonly auditTable: 'pidea_audit' | 'mfa_audit'
  readonly auditServerColumn: 'privacyidea_server' | 'edumfa_server'
  readonly remoteServerTable: 'privacyideaserver' | 'edumfaserver'
  readonly policyNodeColumn: 'pinode' | 'edumfanode'
  /** What `token.rollout_state` of a finished token says. */
  readonly finishedRolloutState: '' | 'enrolled'
  hasTable(table: string): boolean
  hasColumn(table: string, column: string): boolean
  /** Length of a VARCHAR column in characters; absent for other types. */
  columnLength(table: string, column: string): number | undefined
}

/**
 * One open database, or one transaction on it: both have the same face, so that a repository need not know.
 * `k` is knex for building statements; ids, defaults and dialect differences go through the methods.
 */
export interface Database {
  readonly dialect: DialectName
  readonly schema: Schema
  readonly k: Knex
  /** True inside `transaction`. */
  readonly inTransaction: boolean
  /**
   * Runs `work` in a transaction that takes its write lock at once (SQLite: BEGIN IMMEDIATE), joined if one is open.
   * Deadlocks and lock timeouts are repeated a bounded number of times with jitter, so `work` must be repeatable.
   * @throws PiError UNAVAILABLE (database gone, disk full, still locked)
   */
  transaction<R>(work: (tx: Database) => Promise<R>): Promise<R>
  /**
   * Inserts rows of one table in as few statements as the dialect allows. Columns left out get the documented default of
   * the original (spec/01 §1.2), columns this schema does not have are left out, ids come from the sequence where the
   * schema uses one (spec/01 §3).
   * @returns the ids in the order of the rows (empty for tables without surrogate id)
   */
  insert(table: string, rows: readonly Row[]): Promise<number[]>
  /**
   * Moves the sequences and counters of the tables (all, if none are named) beyond the ids in use. To be called after rows
   * were inserted with their ids, as a restore does; it never turns one back.
   */
  raiseSequences(tables?: readonly string[]): Promise<void>
  /** Rewrites the `__timestamp__` row of `config`, so that running servers reload (spec/01 §7). Call it in the transaction of the change. */
  bumpTimestamp(): Promise<void>
  /**
   * Pages through a table by its integer key: flat memory, no open cursor between pages. `build` gets a fresh query
   * with table and order set and may add conditions and columns (the key must be among them).
   */
  pages<R extends Row>(table: string, options: PageOptions): AsyncIterable<R[]>
  /** Reads a column that holds a boolean on every dialect. */
  bool(value: unknown): boolean
  close(): Promise<void>
}

export interface PageOptions {
  /** Key column, default `id`. */
  key?: string
  /** Rows a page, default 1000. */
  size?: number
  /** Start after this key. */
  after?: number
  descending?: boolean
  build?: (query: Knex.QueryBuilder) => void
}
