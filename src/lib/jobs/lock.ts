import {randomUUID} from 'node:crypto'
import {readFileSync, readlinkSync} from 'node:fs'
import {hostname} from 'node:os'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Database, Row} from '../db/database.js'
import {isDuplicate} from '../db/failures.js'
import {databaseSeconds} from '../db/clock.js'
import {PiError} from '../errors.js'

/** A lock whose holder has said nothing for so long is free. */
export const staleSeconds = 60
const heartbeatMs = 10_000

/** Who holds a lock; times are seconds of the clock of the database. */
interface Holder {
  owner: string
  host: string
  pid: number
  work: string
  since: number
  heartbeat: number
  /** Where `pid` means something: this boot of this machine, and its process name space. */
  space?: string | undefined
}

/**
 * A lock in the database, for work that must run once among all nodes. It is a row of `config` that is there only while
 * the work runs; the originals read configuration by key and ignore it, and their change mark is left alone, so that no
 * server reloads. The holder renews it; when he dies, it is free a minute later.
 */
export class DatabaseLock {
  readonly #db: Database
  readonly #key: string
  readonly #holder: Holder
  #timer: NodeJS.Timeout | undefined
  #lost: PiError | undefined

  private constructor(db: Database, key: string, holder: Holder) {
    this.#db = db
    this.#key = key
    this.#holder = holder
  }

  /**
   * Takes the lock.
   * @param options.name e.g. `janitor`
   * @param options.work what is done, for the message that others get
   * @param options.waitSeconds how long to wait for another holder
   * @throws PiError LOCKED
   */
  static async acquire(
    db: Database,
    {name, work, waitSeconds = 0}: {name: string; work: string; waitSeconds?: number},
  ): Promise<DatabaseLock> {
    const key = `pi-manage.lock.${name}`
    const until = Date.now() + waitSeconds * 1000
    for (;;) {
      const now = await databaseSeconds(db)
      const holder: Holder = {
        owner: randomUUID(),
        host: hostname(),
        pid: process.pid,
        work,
        since: now,
        heartbeat: now,
        space: processSpace(),
      }
      const other = await db
        .transaction((tx) => take(tx, key, holder, now))
        .catch((error: unknown) => {
          // Somebody else has inserted the row at the same moment.
          if (!isDuplicate(error)) throw error
          return {...holder, host: 'another node', pid: 0}
        })
      if (!other) {
        const lock = new DatabaseLock(db, key, holder)
        lock.#begin()
        return lock
      }
      if (Date.now() >= until) {
        throw new PiError(
          'LOCKED',
          `Another run holds the lock: ${other.work} on ${other.host}, process ${other.pid}.`,
          {
            hints: [
              `If it has died, the lock is free ${staleSeconds} s after its last sign of life`,
              'Wait for it: --wait SECONDS',
            ],
          },
        )
      }
      await sleep(Math.min(1000, Math.max(50, until - Date.now())))
    }
  }

  /** @throws PiError LOCKED when somebody else has taken it, because this process was held up too long */
  check(): void {
    if (this.#lost) throw this.#lost
  }

  async release(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = undefined
    await this.#db.transaction(async (tx) => {
      const row = await read(tx, this.#key)
      if (row?.owner === this.#holder.owner) await tx.k('config').where({Key: this.#key}).delete()
    })
  }

  #begin(): void {
    this.#timer = setInterval(() => void this.#renew(), heartbeatMs)
    this.#timer.unref()
  }

  async #renew(): Promise<void> {
    try {
      await this.#db.transaction(async (tx) => {
        const row = await read(tx, this.#key)
        if (row?.owner !== this.#holder.owner) {
          this.#lost = new PiError('LOCKED', 'Another run took the lock, because this one was held up too long.')
          return
        }
        this.#holder.heartbeat = await databaseSeconds(tx)
        await tx
          .k('config')
          .where({Key: this.#key})
          .update({Value: JSON.stringify(this.#holder)})
      })
    } catch {
      // The next heartbeat tries again; the work itself will notice a database that is gone.
    }
  }
}

/** @returns who holds the lock, unless it was taken */
async function take(tx: Database, key: string, holder: Holder, now: number): Promise<Holder | undefined> {
  const present = await read(tx, key)
  if (present && now - present.heartbeat < staleSeconds && !hasDied(present)) return present
  const value = JSON.stringify(holder)
  if (present === undefined)
    await tx.k('config').insert({Key: key, Value: value, Type: '', Description: 'lock of pi-manage'})
  else await tx.k('config').where({Key: key}).update({Value: value})
  return undefined
}

/** Certain only for a process of this very machine; of others the missing heartbeat tells. */
function hasDied({pid, space}: Holder): boolean {
  if (space === undefined || space !== processSpace()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Undefined where the system does not tell. */
function processSpace(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

async function read(tx: Database, key: string): Promise<Holder | undefined> {
  const query = tx.k<Row>('config').where({Key: key}).first('Value')
  const row = await (tx.inTransaction ? query.forUpdate() : query)
  if (!row) return undefined
  try {
    return JSON.parse(String(row['Value'])) as Holder
  } catch {
    return {owner: '', host: 'unknown', pid: 0, work: 'unknown', since: 0, heartbeat: 0}
  }
}
