import type {Knex} from 'knex'
import {setTimeout as sleep} from 'node:timers/promises'
import {pythonDate} from '../../audit/sign.js'
import {localBefore} from '../../audit/local-time.js'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {judge, type RotationRule} from './rules.js'

/** What is to go (spec/11 §A8). */
export type RotationMode =
  | {
      kind: 'watermark'
      /** Nothing is done up to so many rows. */
      high: number
      /** Rows that stay. */
      low: number
      /** The original's cut: ids below the last one less `low`, whatever rows there are. */
      byId?: boolean
    }
  /** Rows older than so many days. */
  | {kind: 'age'; days: number}
  | {
      kind: 'rules'
      rules: readonly RotationRule[]
      /** What NULL reads as; the empty text unless said. */
      nullText?: '' | 'None'
    }

/** What is found on the way, for those who report it at once. */
export type RotationStep =
  | {step: 'counted'; rows: number; lastId: number}
  | {step: 'cut'; high: number; below: number}
  | {step: 'limit'; before: string}
  | {step: 'judged'; line: string}

/** Takes rows before they are deleted; must have stored them durably when it returns. */
export type RowSink = (rows: readonly Row[]) => Promise<void>

export interface RotationOptions {
  dryRun?: boolean
  /** Rows a transaction at most; fewer when the database is slow. */
  chunkSize?: number | undefined
  /** Between two transactions, so that logins get their turn. */
  pauseMs?: number
  /** Milliseconds since 1970, UTC. */
  now?: number
  keep?: RowSink | undefined
  /** Told the ids that went. */
  onDeleted?: ((ids: readonly number[]) => void) | undefined
  onStep?: ((step: RotationStep) => void) | undefined
  /** Steps of kind `judged` are wanted. */
  explain?: boolean
  /** Rows looked at, or deleted. */
  onProgress?: ((rows: number) => void) | undefined
  signal?: AbortSignal | undefined
}

export interface RotationResult {
  mode: RotationMode['kind']
  /** Rows deleted, or to be deleted. */
  rows: number
  /** Smallest and greatest id of them. */
  firstId: number | null
  lastId: number | null
  /** Rows with a smaller id go; absent when there were too few rows to do anything. */
  cut?: number
  /** Per rule: rows that it decided about, and those that went. */
  rules?: {rule: string; matched: number; rows: number}[]
  transactions: number
  longestTransactionMs: number
}

/** A transaction should not take longer, so that logins wait for less: the next one is smaller, or again larger. */
const targetMs = 25
const [firstChunk, smallestChunk] = [200, 20]
const readSize = 2000
const daySeconds = 86_400

/**
 * Deletes rows of the audit log in small transactions, in bounded memory.
 * @throws PiError UNAVAILABLE, USAGE (chunk size)
 */
export async function rotateAudit(
  db: Database,
  mode: RotationMode,
  options: RotationOptions = {},
): Promise<RotationResult> {
  const run = new RotationRun(db, options)
  if (mode.kind === 'watermark') await run.watermark(mode)
  else if (mode.kind === 'age') await run.age(mode.days)
  else await run.rules(mode)
  return {...run.result, mode: mode.kind}
}

class RotationRun {
  readonly result: Omit<RotationResult, 'mode'> = {
    rows: 0,
    firstId: null,
    lastId: null,
    transactions: 0,
    longestTransactionMs: 0,
  }
  readonly #db: Database
  readonly #options: RotationOptions
  readonly #table: string
  readonly #now: number
  /** Rows of the next transaction, and of any. */
  #chunk: number
  readonly #most: number

  constructor(db: Database, options: RotationOptions) {
    this.#db = db
    this.#options = options
    this.#table = db.schema.auditTable
    this.#now = options.now ?? Date.now()
    this.#most = options.chunkSize ?? 1000
    this.#chunk = Math.min(this.#most, firstChunk)
  }

  async watermark({high, low, byId = false}: Extract<RotationMode, {kind: 'watermark'}>): Promise<void> {
    const {onStep, dryRun} = this.#options
    const [found] = (await this.#db.k(this.#table).count({n: '*'}).max({last: 'id'})) as Row[]
    const [rows, lastId] = [Number(found?.['n'] ?? 0), Number(found?.['last'] ?? 0)]
    onStep?.({step: 'counted', rows, lastId})
    if (rows <= high) return
    const below = byId ? lastId - low : await this.#idToKeepFrom(low, lastId)
    this.result.cut = below
    onStep?.({step: 'cut', high, below})
    const condition = (query: Knex.QueryBuilder) => void query.where('id', '<', below)
    if (dryRun) await this.#count(condition)
    else await this.#deleteFound((query) => void condition(query.orderBy('id')))
  }

  async age(days: number): Promise<void> {
    const before = localBefore(this.#now, days * daySeconds)
    this.#options.onStep?.({step: 'limit', before: pythonDate(before)})
    const condition = (query: Knex.QueryBuilder) => void query.where('date', '<', before)
    if (this.#options.dryRun) await this.#count(condition)
    // By the index of the date, so that no statement looks at rows that stay.
    else await this.#deleteFound((query) => void condition(query.orderBy('date')))
  }

  async rules({rules, nullText = ''}: Extract<RotationMode, {kind: 'rules'}>): Promise<void> {
    const {dryRun, explain, keep, onStep, onProgress, signal} = this.#options
    const counts = rules.map(({text}) => ({rule: text, matched: 0, rows: 0}))
    this.result.rules = counts
    const limits = rules.map(({days}) => localBefore(this.#now, days * daySeconds))
    const youngest = limits.reduce((latest, limit) => (limit > latest ? limit : latest), '')
    const trace = explain && onStep ? (line: string) => onStep({step: 'judged', line}) : undefined
    const columns = keep
      ? ['*']
      : [...new Set(['id', 'date', ...rules.flatMap((rule) => rule.patterns.map((p) => p.column))])]
    let going: Row[] = []
    this.#checkChunk()
    for await (const page of this.#db.pages(this.#table, {
      size: readSize,
      build: (query) => void query.select(columns),
    })) {
      if (signal?.aborted) break
      for (const row of page) {
        // No rule can delete a row that is younger than all their limits.
        if (!trace && String(row['date'] ?? '~') >= youngest) continue
        const judged = judge(row, rules, {limits, nullText, trace})
        if (!judged) continue
        counts[judged.rule]!.matched += 1
        if (!judged.delete) continue
        counts[judged.rule]!.rows += 1
        if (dryRun) this.#note([Number(row['id'])])
        else going.push(row)
        if (going.length >= this.#chunk) {
          await this.#delete(going)
          going = []
        }
      }
      onProgress?.(page.length)
    }
    if (going.length > 0 && !signal?.aborted) await this.#delete(going)
  }

  /** The least id that stays when so many of the newest rows are kept. */
  async #idToKeepFrom(low: number, lastId: number): Promise<number> {
    if (low <= 0) return lastId + 1
    const row = (await this.#db
      .k(this.#table)
      .orderBy('id', 'desc')
      .offset(low - 1)
      .first('id')) as Row | undefined
    return Number(row?.['id'] ?? 0)
  }

  async #count(condition: (query: Knex.QueryBuilder) => void): Promise<void> {
    const query = this.#db.k(this.#table)
    condition(query)
    const [row] = (await query.count({n: '*'}).min({first: 'id'}).max({last: 'id'})) as Row[]
    this.result.rows = Number(row?.['n'] ?? 0)
    if (this.result.rows === 0) return
    this.result.firstId = Number(row!['first'])
    this.result.lastId = Number(row!['last'])
  }

  async #deleteFound(build: (query: Knex.QueryBuilder) => void): Promise<void> {
    this.#checkChunk()
    for (;;) {
      if (this.#options.signal?.aborted) return
      const query = this.#db
        .k(this.#table)
        .select(this.#options.keep ? '*' : 'id')
        .limit(this.#chunk)
      build(query)
      const rows = (await query) as Row[]
      if (rows.length === 0) return
      await this.#delete(rows)
      this.#options.onProgress?.(rows.length)
    }
  }

  async #delete(rows: readonly Row[]): Promise<void> {
    const {keep, onDeleted, pauseMs = 5} = this.#options
    const ids = rows.map((row) => Number(row['id']))
    await keep?.(rows)
    const started = performance.now()
    await this.#db.transaction((tx) => tx.k(this.#table).whereIn('id', ids).delete())
    const took = performance.now() - started
    this.result.transactions += 1
    this.result.longestTransactionMs = Math.max(this.result.longestTransactionMs, Math.round(took))
    onDeleted?.(ids)
    this.#note(ids)
    if (took > targetMs) this.#chunk = Math.min(this.#most, Math.max(smallestChunk, Math.floor(this.#chunk / 2)))
    else if (took < targetMs / 2) this.#chunk = Math.min(this.#most, Math.ceil(this.#chunk * 1.25))
    // Others get as much time as this took.
    await sleep(Math.max(pauseMs, took / 2))
  }

  #note(ids: readonly number[]): void {
    this.result.rows += ids.length
    for (const id of ids) {
      if (this.result.firstId === null || id < this.result.firstId) this.result.firstId = id
      if (this.result.lastId === null || id > this.result.lastId) this.result.lastId = id
    }
  }

  #checkChunk(): void {
    if (this.#chunk >= 1) return
    throw new PiError('USAGE', 'The chunk size must be positive.', {hints: ['Leave out --chunk-size: it is 1000 then']})
  }
}
