export interface BatchesOptions<I, O> {
  /** Does the work of several items at once; gives a result for each, in their order. */
  run: (items: readonly I[]) => Promise<readonly O[]>
  /** Items in one go at most. */
  size: number
  /** Batches that may be under way at the same time. */
  lanes: number
}

/**
 * Collects work that comes one by one from many callers: what comes while others are being served goes together into the
 * next batch. An idle caller does not wait, a busy process pays for one statement or one commit and not for each.
 */
export class Batches<I, O> {
  readonly #options: BatchesOptions<I, O>
  #waiting: {item: I; resolve: (result: O) => void; reject: (error: unknown) => void}[] = []
  #running = 0
  #idle: (() => void)[] = []

  constructor(options: BatchesOptions<I, O>) {
    this.#options = options
  }

  submit(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({item, resolve, reject})
      if (this.#running >= this.#options.lanes) return
      this.#running += 1
      // Callers of the same turn of the event loop come along.
      setImmediate(() => void this.#lane())
    })
  }

  /** Resolves when nothing is under way or waiting. */
  settled(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  async #lane(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.size)
      try {
        const results = await this.#options.run(batch.map(({item}) => item))
        for (const [at, {resolve}] of batch.entries()) resolve(results[at]!)
      } catch (error) {
        for (const {reject} of batch) reject(error)
      }
    }
    this.#running -= 1
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
