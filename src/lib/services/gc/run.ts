import type {Knex} from 'knex'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Database, Row} from '../../db/database.js'
import {userCacheSeconds} from '../user-cache.js'
import {sweeps, type Sweep, type SweepAges, type SweepContext} from './sweeps.js'

export interface GcOptions {
  /** Names of sweeps; all without it. */
  only?: readonly string[] | undefined
  dryRun?: boolean
  ages?: SweepAges
  /** Rows a transaction. */
  chunkSize?: number
  /** Between two transactions, so that logins get their turn. */
  pauseMs?: number
  now?: Date
  signal?: AbortSignal | undefined
  /** After each transaction. */
  onProgress?: (rows: number) => void
}

export interface SweepResult {
  name: string
  table: string
  /** Rows deleted, or to be deleted. */
  rows: number
  /** Not swept: this release has no such table, or nothing says what is old. */
  skipped?: 'no table' | 'off'
}

/**
 * Deletes rows that nobody needs any more, in small transactions that are repeated when they get in each other's way.
 * @throws PiError UNAVAILABLE
 */
export async function collectGarbage(db: Database, options: GcOptions = {}): Promise<SweepResult[]> {
  const {only, dryRun = false, ages = {}, now = new Date()} = options
  const context: SweepContext = {now, schema: db.schema, ages, userCacheSeconds: await userCacheSeconds(db)}
  const results: SweepResult[] = []
  for (const sweep of sweeps) {
    if (only && !only.includes(sweep.name)) continue
    const {name, table} = sweep
    if (!db.schema.hasTable(table)) {
      results.push({name, table, rows: 0, skipped: 'no table'})
      continue
    }
    if (sweep.build(db.k(table), context) === false) {
      results.push({name, table, rows: 0, skipped: 'off'})
      continue
    }
    const rows = dryRun ? await countRows(db, sweep, context) : await deleteRows(db, sweep, context, options)
    results.push({name, table, rows})
  }
  return results
}

async function countRows(db: Database, sweep: Sweep, context: SweepContext): Promise<number> {
  const query = db.k(sweep.table)
  sweep.build(query, context)
  const [row] = (await query.count({n: '*'})) as Row[]
  return Number(row?.['n'] ?? 0)
}

async function deleteRows(db: Database, sweep: Sweep, context: SweepContext, options: GcOptions): Promise<number> {
  const {chunkSize = 1000, pauseMs = 10, signal, onProgress} = options
  const {table, key = 'id'} = sweep
  let deleted = 0
  for (;;) {
    if (signal?.aborted) return deleted
    const rows = await db.transaction(async (tx) => {
      const query: Knex.QueryBuilder = tx.k(table).select(key).orderBy(key).limit(chunkSize)
      sweep.build(query, context)
      const keys = ((await query) as Row[]).map((row) => row[key] as number | string)
      return keys.length === 0 ? 0 : tx.k(table).whereIn(key, keys).delete()
    })
    deleted += rows
    onProgress?.(rows)
    if (rows < chunkSize) return deleted
    await sleep(pauseMs)
  }
}
