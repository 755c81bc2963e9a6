/**
 * Shares one reading among those who ask at the same time. What a caller gets was read after he asked: a reading that is
 * under way already may have missed what happened since, so he waits for the next one, together with all others who do.
 */
export class FreshReading<R> {
  readonly #read: () => Promise<R>
  #running: Promise<R> | undefined
  #next: Promise<R> | undefined

  constructor(read: () => Promise<R>) {
    this.#read = read
  }

  get(): Promise<R> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  #start(): Promise<R> {
    const running = this.#read().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }
}
