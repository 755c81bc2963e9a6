import {availableParallelism} from 'node:os'
import {PiError} from '../../errors.js'

interface HashPoolOptions {
  /** MiB that all running tasks together may take. */
  memoryMib?: number
  /** Tasks at a time. libuv has four threads, and files, DNS and SQLite need one too. */
  parallel?: number
  /** How long a task may wait for its turn, in ms, unless it is patient. */
  maxWaitMs?: number
  /** How many tasks may wait; more are refused at once, unless they are patient. */
  maxWaiting?: number
}

interface HashTask<R> {
  /** Memory while it runs. */
  memoryKib: number
  /** Tasks of the same key that are waiting or running share one result. */
  key?: string
  /** Waits as long as it takes: bulk work, where nobody waits for the single answer. */
  patient?: boolean
  run(): Promise<R>
}

interface Waiting {
  memoryKib: number
  start(): void
}

/** A single hash may take no more than this, whatever its parameters say. */
const largestTaskKib = 2 * 1024 * 1024

/**
 * Runs password hashes without letting a burst of logins take all memory or all threads: first come, first served, and
 * who would wait too long is told so. A task larger than the whole pool runs alone.
 */
export class HashPool {
  readonly #limitKib: number
  readonly #parallel: number
  readonly #maxWaitMs: number
  readonly #maxWaiting: number
  readonly #queue: Waiting[] = []
  readonly #shared = new Map<string, Promise<unknown>>()
  #usedKib = 0
  #running = 0

  constructor({memoryMib = 512, parallel, maxWaitMs = 10_000, maxWaiting = 1000}: HashPoolOptions = {}) {
    this.#limitKib = memoryMib * 1024
    this.#parallel = parallel ?? Math.min(3, availableParallelism())
    this.#maxWaitMs = maxWaitMs
    this.#maxWaiting = maxWaiting
  }

  /** Tasks running and waiting, for load figures. */
  get load(): {running: number; waiting: number; memoryKib: number} {
    return {memoryKib: this.#usedKib, running: this.#running, waiting: this.#queue.length}
  }

  /** @throws PiError UNAVAILABLE (too much to do, or the task needs more memory than there may be) */
  run<R>(task: HashTask<R>): Promise<R> {
    if (task.key === undefined) return this.#admit(task)
    const shared = this.#shared.get(task.key)
    // The key says that the tasks are the same, hence so is the type of their result.
    if (shared) return shared as Promise<R>
    const {key} = task
    const result = this.#admit(task).finally(() => this.#shared.delete(key))
    this.#shared.set(key, result)
    return result
  }

  async #admit<R>({memoryKib, patient = false, run}: HashTask<R>): Promise<R> {
    if (!(memoryKib <= largestTaskKib)) {
      throw new PiError('UNAVAILABLE', `A password hash asks for ${Math.round(memoryKib / 1024)} MiB of memory.`, {
        hints: [`At most ${largestTaskKib / 1024} MiB are granted to one hash`],
      })
    }
    const weight = Math.min(this.#limitKib, Math.max(1024, memoryKib))
    await this.#turn(weight, patient)
    try {
      return await run()
    } finally {
      this.#running -= 1
      this.#usedKib -= weight
      this.#startNext()
    }
  }

  #turn(memoryKib: number, patient: boolean): Promise<void> {
    if (this.#queue.length === 0 && this.#fits(memoryKib)) {
      this.#take(memoryKib)
      return Promise.resolve()
    }
    if (!patient && this.#queue.length >= this.#maxWaiting) return Promise.reject(overloaded())
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1)
        reject(overloaded())
        // What waited behind a large task may fit now.
        this.#startNext()
      }
      const timer = patient ? undefined : setTimeout(giveUp, this.#maxWaitMs)
      const waiting: Waiting = {
        memoryKib,
        start: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      this.#queue.push(waiting)
    })
  }

  #startNext(): void {
    for (let first = this.#queue[0]; first && this.#fits(first.memoryKib); first = this.#queue[0]) {
      this.#queue.shift()
      this.#take(first.memoryKib)
      first.start()
    }
  }

  #fits(memoryKib: number): boolean {
    return this.#running < this.#parallel && this.#usedKib + memoryKib <= this.#limitKib
  }

  #take(memoryKib: number): void {
    this.#running += 1
    this.#usedKib += memoryKib
  }
}

function overloaded(): PiError {
  return new PiError('UNAVAILABLE', 'Too many passwords are being checked at the same time.', {
    hints: ['Try again in a moment'],
  })
}
