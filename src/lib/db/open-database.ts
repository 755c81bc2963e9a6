import type {Knex} from 'knex'
import {PiError} from '../errors.js'
import type {Catalogue} from './catalogue.js'
import type {Database, DialectName, PageOptions, Row, Schema} from './database.js'
import type {Dialect, InsertColumn} from './dialect.js'
import {countChanges, type Changes} from './changes.js'
import {isDuplicate} from './failures.js'
import {InsertPlans, type InsertPlan} from './insert-plan.js'
import {Queue} from './queue.js'
import {retryOnConflict} from './retry.js'
import {asCountingConflict, keysFor, liveSequence} from './sequences.js'

interface Opened {
  k: Knex
  dialect: Dialect
  schema: Schema
  catalogue: Catalogue
  /** Why nothing may be written. */
  readOnlyBecause?: string | undefined
  /** Told after each transaction that changed something. */
  onChange?: ((changes: Changes) => void) | undefined
}

/** The one implementation of {@link Database}: a connection pool, or a transaction on it. */
export class OpenDatabase implements Database {
  readonly dialect: DialectName
  readonly schema: Schema
  readonly k: Knex
  readonly inTransaction: boolean
  readonly opened: Opened
  readonly #plans: InsertPlans
  readonly #writers: Queue

  constructor(opened: Opened, outer?: {plans: InsertPlans; writers: Queue}) {
    this.opened = opened
    this.dialect = opened.dialect.name
    this.schema = opened.schema
    this.k = opened.k
    this.inTransaction = outer !== undefined
    this.#plans = outer?.plans ?? new InsertPlans(opened.schema, opened.catalogue, opened.dialect.boolean)
    this.#writers = outer?.writers ?? new Queue()
  }

  async transaction<R>(work: (tx: Database) => Promise<R>): Promise<R> {
    if (this.inTransaction) return work(this)
    this.#refuseIfReadOnly()
    const {onChange} = this.opened
    const inner = {plans: this.#plans, writers: this.#writers}
    const attempt = () =>
      this.k.transaction(async (trx) => {
        // knex runs the work even when BEGIN failed, only to fail at its first statement.
        if (trx.isCompleted()) throw new Error('the transaction did not begin')
        const changes = onChange && countChanges(trx)
        const result = await work(new OpenDatabase({...this.opened, k: trx}, inner))
        return {result, changes}
      })
    const run = () => retryOnConflict(attempt)
    const {result, changes} = await (this.opened.dialect.oneWriter ? this.#writers.run(run) : run())
    if (changes && changes.size > 0) onChange?.(changes)
    return result
  }

  async insert(table: string, rows: readonly Row[]): Promise<number[]> {
    if (rows.length === 0) return []
    if (!this.inTransaction) return this.transaction((tx) => tx.insert(table, rows))
    const plan = this.#plans.of(table, rows)
    const {batchSize} = this.opened.dialect
    const ids: number[] = []
    for (let at = 0; at < rows.length; at += batchSize) {
      ids.push(...(await this.#insertBatch(plan, plan.valuesOf(rows.slice(at, at + batchSize)))))
    }
    return ids
  }

  async #insertBatch(plan: InsertPlan, values: unknown[][]): Promise<number[]> {
    const {dialect, catalogue} = this.opened
    const write = (columns: readonly InsertColumn[], generated?: string) =>
      dialect.insertRows(this.k, plan.table, columns, values, generated)
    if (plan.key === 'none') return write(plan.columns)
    if (plan.key === 'given') {
      await write(plan.columns)
      return values.map((row) => Number(row[0]))
    }
    const taken = await keysFor(this.k, dialect, catalogue, plan, values.length)
    if (!taken) return write(plan.columns, 'id')
    values.forEach((row, at) => row.unshift(taken.keys[at]))
    try {
      await write(plan.columnsWithKey)
    } catch (error) {
      throw taken.counted ? asCountingConflict(error) : error
    }
    return taken.keys
  }

  async raiseSequences(tables: readonly string[] = [...this.opened.catalogue.tables.keys()]): Promise<void> {
    const {dialect, catalogue} = this.opened
    for (const name of tables) {
      const id = catalogue.tables.get(name)?.columns.get('id')
      const described = this.#plans.describe(name)
      if (!id || !(described?.generatedKey ?? id.generated)) continue
      const [row] = (await this.k(name).max({greatest: 'id'})) as {greatest: number | null}[]
      const greatest = Number(row?.greatest ?? 0)
      const sequence = liveSequence(catalogue, {table: name, sequence: described?.sequence})
      if (sequence) await dialect.raiseSequence(this.k, sequence, greatest)
      if (id.generated) await dialect.raiseGenerated(this.k, name, greatest)
    }
  }

  async bumpTimestamp(): Promise<void> {
    if (!this.inTransaction) return this.transaction((tx) => tx.bumpTimestamp())
    const stored = await this.#storedTimestamp()
    const value = newTimestamp(stored, Date.now(), fractional(this.schema))
    const row = {Value: value, Type: '', Description: 'config timestamp. last changed.'}
    if (stored !== undefined) {
      await this.k('config').where({Key: timestampKey}).update(row)
      return
    }
    try {
      // A savepoint, so that a row inserted by somebody else meanwhile does not end the transaction.
      await this.k.transaction((savepoint) => savepoint('config').insert({Key: timestampKey, ...row}))
    } catch (error) {
      if (!isDuplicate(error)) throw error
      await this.k('config').where({Key: timestampKey}).update(row)
    }
  }

  async *pages<R extends Row>(table: string, options: PageOptions): AsyncIterable<R[]> {
    const {key = 'id', size = 1000, descending = false, build} = options
    let {after} = options
    for (;;) {
      const query = this.k(table)
        .orderBy(`${table}.${key}`, descending ? 'desc' : 'asc')
        .limit(size)
      if (after !== undefined) query.where(`${table}.${key}`, descending ? '<' : '>', after)
      build?.(query)
      const rows = (await query) as R[]
      if (rows.length > 0) yield rows
      if (rows.length < size) return
      const last: unknown = rows.at(-1)?.[key]
      if (last === undefined) throw new Error(`a page of ${table} lacks its key ${key}`)
      after = Number(last)
    }
  }

  bool(value: unknown): boolean {
    return value === true || value === 1 || value === '1' || value === 't' || value === 'true'
  }

  async close(): Promise<void> {
    if (!this.inTransaction) await this.k.destroy()
  }

  /** The row as others left it, locked against them until the end of the transaction. */
  async #storedTimestamp(): Promise<string | undefined> {
    const query = this.k('config').where({Key: timestampKey}).first('Value')
    const row = (await (this.dialect === 'sqlite' ? query : query.forUpdate())) as {Value: string | null} | undefined
    return row && (row.Value ?? '')
  }

  #refuseIfReadOnly(): void {
    const {readOnlyBecause} = this.opened
    if (!readOnlyBecause) return
    throw new PiError('CONFIG', `This database must not be written: ${readOnlyBecause}.`, {
      hints: ["Merge the branches with the server's own migration tool"],
    })
  }
}

const timestampKey = '__timestamp__'

/** Servers of 3.13 and later write fractions; every reader understands both (spec/01 §7). */
function fractional({product, version}: Schema): boolean {
  return product === 'privacyidea' && /^3\.1[3-9]/.test(version)
}

/**
 * Never less than what is stored: servers reload when the value is not below the second of their last load, so a tool
 * with a late clock must not turn it back. Exported for its test.
 */
export function newTimestamp(stored: string | undefined, nowMs: number, withFraction: boolean): string {
  const before = Number(stored)
  const own = withFraction ? nowMs / 1000 : Math.floor(nowMs / 1000)
  if (stored && Number.isFinite(before) && before > own) return stored
  if (!withFraction) return String(own)
  return Number.isInteger(own) ? `${own}.0` : String(own)
}
