import type {AuditSink} from '../audit/contract.js'
import type {SignedAuditFields} from '../audit/sign.js'
import {Batches} from '../batching/batches.js'
import type {Database} from '../db/database.js'
import {reasonOf} from '../errors.js'
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

/**
 * Writes audit rows. Rows that come while others are being written share the next transaction, so that a busy server
 * pays for one commit and not for each; `write` returns when the row is stored.
 */
export class AuditLog implements AuditSink {
  readonly #options: AuditLogOptions
  readonly #batches: Batches<AuditEntry, undefined>

  constructor(options: AuditLogOptions) {
    this.#options = options
    this.#batches = new Batches({
      size: 50,
      lanes: 1,
      run: async (entries) => {
        await this.#add(entries)
        return entries.map(() => undefined)
      },
    })
  }

  /** A row that cannot be written is lost, as in the original: the request does not fail for it. */
  write(entry: AuditEntry): Promise<void> {
    return this.#batches.submit(entry)
  }

  /** Waits for everything that was given so far. */
  close(): Promise<void> {
    return this.#batches.settled()
  }

  async #add(entries: readonly AuditEntry[]): Promise<void> {
    const {db, sign, clock = Date.now, warn} = this.#options
    const writing = {localTime: (ms: number) => columnTime(ms, 'local'), now: clock(), sign}
    try {
      await new AuditRepository(db).add(entries, writing)
    } catch (error) {
      if (entries.length === 1) {
        warn(`An audit row was not written: ${reasonOf(error)}`)
        return
      }
      // One row that the database refuses must not take the others with it.
      for (const entry of entries) await this.#add([entry])
    }
  }
}
