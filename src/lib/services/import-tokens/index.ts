import {isDuplicate} from '../../db/failures.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {ConfigRepository} from '../../store/config.js'
import {RealmRepository} from '../../store/realms.js'
import {ResolverRepository} from '../../store/resolvers.js'
import {TokenImportRepository} from '../../store/token-import.js'
import type {ImportedRow, TokenFile} from '../../types/imported-token.js'
import {adjusted, serialRenamer} from './adjust.js'
import {inBatches, overlapped, prefetched, takeFirst} from './batches.js'
import {Journal, type BatchState} from './journal.js'
import {Planner, type PlannedRow, type PreparedRow} from './planner.js'
import {createMissing} from './missing.js'
import {readDefaults} from './prepare.js'
import {Preparer} from './preparer.js'
import {RowMemory} from './row-memory.js'
import {emptySummary, reportOf, tally} from './report.js'
import type {ImportEnv, ImportOptions, ImportResult, ImportSummary} from './types.js'
import {writeTokens} from './write.js'

export type * from './types.js'

/** Transactions at a time, on servers. */
const batchesInFlight = 2

/**
 * Puts the tokens of a file into the database. The file is read once to find out whether it is in order as a whole; only
 * then is it read again and written, in batches of one transaction each, or all in one.
 */
export class ImportTokens {
  readonly #env: ImportEnv

  constructor(env: ImportEnv) {
    this.#env = env
  }

  /**
   * @throws PiError INVALID_INPUT (a damaged file, or one without tokens), INTEGRITY (wrong key, wrong MAC), NOT_FOUND (a
   * realm of the options), REFUSED (`atomic`, and a row is not in order), UNAVAILABLE; nothing was written then, but by
   * UNAVAILABLE in the middle
   */
  async run(file: TokenFile, options: ImportOptions = {}): Promise<ImportResult> {
    const db = await this.#env.database()
    if (options.createMissing && !options.dryRun) await createMissing(db, file)
    const run = new ImportRun(file, options, db, await this.#preparer(db, options), this.#env.now ?? (() => new Date()))
    return {format: file.format, summary: await run.execute()}
  }

  async #preparer(db: Database, options: ImportOptions): Promise<Preparer> {
    const [config, realms, resolvers, security] = await Promise.all([
      new ConfigRepository(db).all(),
      new RealmRepository(db).all(),
      new ResolverRepository(db).all(),
      this.#env.security(),
    ])
    const realmIds = new Map(realms.map(({id, name}) => [name, id]))
    for (const name of [...(options.realms ?? []), ...(options.userRealm ? [options.userRealm] : [])]) {
      if (!realmIds.has(name.toLowerCase())) {
        throw new PiError('NOT_FOUND', `There is no realm '${name}'.`, {hints: ['See pi-manage realm list']})
      }
    }
    const defaults = readDefaults(new Map(config.map(({key, value}) => [key, value])))
    const {users, hashPin} = this.#env
    const groupIds = await new TokenImportRepository(db).groupIds()
    const resolverNames = new Set(resolvers.map(({name}) => name))
    return new Preparer({db, security, users, hashPin, defaults, realmIds, groupIds, resolvers: resolverNames}, options)
  }
}

/** One import of one file. */
class ImportRun {
  readonly #file: TokenFile
  readonly #options: ImportOptions
  readonly #db: Database
  readonly #planner: Planner
  readonly #now: () => Date
  readonly #memory = new RowMemory()
  #total = 0

  constructor(file: TokenFile, options: ImportOptions, db: Database, preparer: Preparer, now: () => Date) {
    this.#file = file
    this.#options = options
    this.#db = db
    this.#planner = new Planner(preparer, options)
    this.#now = now
  }

  async execute(): Promise<ImportSummary> {
    const {dryRun, atomic} = this.#options
    if (dryRun) return this.#plan(this.#db, (row) => this.#report(row))
    if (atomic) return this.#writeAll()
    await this.#checkFile()
    return this.#writeBatches()
  }

  /** Reads the whole file, so that a damage at its end is found before anything is written. */
  async #checkFile(): Promise<void> {
    for await (const batch of this.#batches()) {
      await this.#planner.check(batch)
      this.#memory.add(batch)
      this.#total += batch.length
      this.#options.onProgress?.({phase: 'check', rows: this.#total})
    }
    this.#requireRows(this.#total)
  }

  async #plan(db: Database, report: (row: PlannedRow) => void): Promise<ImportSummary> {
    const summary = emptySummary()
    const seen = this.#planner.newIndex()
    for await (const batch of this.#batches()) {
      for (const row of await this.#planner.plan(db, batch, seen)) {
        tally(summary, row)
        report(row)
      }
      this.#options.onProgress?.({phase: 'check', rows: summary.total})
    }
    this.#requireRows(summary.total)
    return summary
  }

  async #writeBatches(): Promise<ImportSummary> {
    const summary = emptySummary()
    const {journal: path} = this.#options
    const journal = path === undefined ? undefined : await Journal.open(path, this.#file)
    // While one transaction waits for the server's disk, the next one is under way; SQLite has one writer.
    const width = this.#db.dialect === 'sqlite' ? 1 : batchesInFlight
    try {
      const written = overlapped(
        this.#announced(journal),
        ({batch, done}) =>
          done === 'written'
            ? Promise.resolve(this.#planner.markDone(batch))
            : this.#writeBatch(() => this.#db.transaction((tx) => this.#writePrepared(tx, batch, done === 'perhaps'))),
        width,
      )
      for await (const rows of written) {
        await journal?.end(summary.total + rows.length)
        for (const row of rows) {
          tally(summary, row)
          this.#report(row)
        }
        this.#options.onProgress?.({phase: 'write', rows: summary.total, total: this.#total})
      }
    } finally {
      await journal?.close()
    }
    return summary
  }

  /** Batches ready to be written, which the journal knows to be under way. */
  async *#announced(journal: Journal | undefined): AsyncIterable<{batch: PreparedRow[]; done: BatchState}> {
    const seen = this.#planner.newIndex()
    let from = 0
    for await (const batch of prefetched(this.#again(), (rows) => this.#planner.prepare(rows, seen))) {
      const to = from + batch.length
      const done = journal?.stateOf(from, to) ?? 'open'
      await journal?.begin(to)
      yield {batch, done}
      from = to
    }
  }

  /** A serial that somebody else added at the same moment exists when the batch is decided again. */
  async #writeBatch(write: () => Promise<PlannedRow[]>): Promise<PlannedRow[]> {
    try {
      return await write()
    } catch (error) {
      if (!isDuplicate(error)) throw error
      return write()
    }
  }

  async #writePrepared(tx: Database, batch: readonly PreparedRow[], mayBeWritten: boolean): Promise<PlannedRow[]> {
    const rows = await this.#planner.decide(tx, batch, {mayBeWritten})
    await this.#write(tx, rows)
    return rows
  }

  async #write(tx: Database, rows: PlannedRow[]): Promise<void> {
    const planned = rows.flatMap((row) => (row.plan ? [row.plan] : []))
    const {description, existing, allowCounterRollback} = this.#options
    const meanwhile = await writeTokens(tx, planned, {
      defaults: this.#planner.defaults,
      description: description ?? 'imported',
      overwrite: existing === 'overwrite',
      allowCounterRollback: allowCounterRollback ?? false,
      now: this.#now(),
    })
    for (const row of rows) {
      if (row.plan && meanwhile.has(row.plan)) {
        row.verdict = 'refused'
        row.reason = 'somebody else changed the token at the same moment'
      }
    }
  }

  /** Everything in one transaction, which is repeated as a whole when the database asks for it. */
  async #writeAll(): Promise<ImportSummary> {
    const problems: PlannedRow[] = []
    await this.#plan(this.#db, (row) => {
      if (row.verdict === 'refused' && problems.push(row) <= 20) this.#report(row)
    })
    this.#refuseAll(problems)
    const {summary, rows} = await this.#db.transaction(async (tx) => {
      const attempt = {summary: emptySummary(), rows: [] as PlannedRow[]}
      const seen = this.#planner.newIndex()
      for await (const batch of this.#batches()) {
        const planned = await this.#writePrepared(tx, await this.#planner.prepare(batch, seen), false)
        this.#refuseAll(planned.filter(({verdict}) => verdict === 'refused'))
        for (const row of planned) {
          tally(attempt.summary, row)
          if (this.#options.onRow) attempt.rows.push({...row, plan: undefined})
        }
        this.#options.onProgress?.({phase: 'write', rows: attempt.summary.total})
      }
      return attempt
    })
    for (const row of rows) this.#report(row)
    return summary
  }

  #refuseAll(problems: readonly PlannedRow[]): void {
    const [first] = problems
    if (!first) return
    const more = problems.length > 1 ? `, and ${String(problems.length - 1)} more` : ''
    throw new PiError(
      'REFUSED',
      `${this.#file.name}, line ${String(first.line)}: ${first.reason ?? ''}${more}; nothing was imported.`,
      {hints: ['Without --atomic the rows that are in order go in']},
    )
  }

  #batches(): AsyncIterable<ImportedRow[]> {
    const {limit, batchSize = 1000, renameSerial, pins} = this.#options
    const rename = renameSerial === undefined ? undefined : serialRenamer(renameSerial)
    const rows = rename || pins ? adjusted(this.#file.rows(), {rename, pins}) : this.#file.rows()
    return inBatches(limit === undefined ? rows : takeFirst(rows, limit), batchSize)
  }

  /** The batches of the second reading, the first of them from memory. */
  async *#again(): AsyncIterable<ImportedRow[]> {
    const {rows: kept} = this.#memory
    yield* this.#memory.take()
    if (kept === this.#total) return
    let before = 0
    for await (const batch of this.#batches()) {
      // Batches are of one size, so none is kept in part.
      if (before >= kept) yield batch
      before += batch.length
    }
  }

  #report(row: PlannedRow): void {
    const {onRow, refusedOnly, showSecrets} = this.#options
    if (onRow && !(refusedOnly && row.verdict !== 'refused')) onRow(reportOf(row, showSecrets ?? false))
  }

  #requireRows(count: number): void {
    if (count > 0) return
    throw new PiError('INVALID_INPUT', `There are no tokens in ${this.#file.name}.`)
  }
}
