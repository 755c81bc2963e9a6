import type {SignedAuditFields} from '../audit/sign.js'
import type {Database} from '../db/database.js'
import {AuditRepository} from '../store/audit.js'
import type {AuditEntry} from '../types/audit.js'
import {columnTime} from './authenticate/times.js'

export interface AuditLogOptions {
  db: Database
  /** Signs a row as it stands in the table; absent: rows stay unsigned. */
  sign?: ((row: SignedAuditFields) => Promise<string>) | undefined
  /** Milliseconds since 1970, UTC. */
  clock?: () => number
  /** Told about rows that could not be written. */
  warn: (message: string) => void
}

/** Rows that are written in one transaction at most. */
const batchSize = 100

/**
 * Writes audit rows. Rows that come while others are being written share the next transaction, so that a busy server
 * pays for one commit and not for each; `write` returns when the row is stored.
 */
export class AuditLog {
  readonly #options: AuditLogOptions
  #waiting: {entry: AuditEntry; done: () => void}[] = []
  #writing: Promise<void> | undefined

  constructor(options: AuditLogOptions) {
    this.#options = options
  }

  /** A row that cannot be written is lost, as in the original: the request does not fail for it. */
  write(entry: AuditEntry): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({entry, done})
      this.#writing ??= this.#writeAll()
    })
  }

  /** Waits for everything that was given so far. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #writeAll(): Promise<void> {
    // Let the other requests of this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize)
      await this.#writeBatch(batch.map(({entry}) => entry))
      for (const {done} of batch) done()
    }
    this.#writing = undefined
  }

  async #writeBatch(entries: AuditEntry[]): Promise<void> {
    const {db, sign, clock = Date.now, warn} = this.#options
    const repository = new AuditRepository(db)
    const writing = {localTime: (ms: number) => columnTime(ms, 'local'), now: clock(), sign}
    try {
      await repository.add(entries, writing)
    } catch (error) {
      if (entries.length > 1) {
        // One row that the database refuses must not take the others with it.
        for (const entry of entries) await this.#writeBatch([entry])
        return
      }
      warn(`An audit row was not written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
