import type {Step} from './transcript.js'

/**
 * Which of our random names stand for which recorded ones: transaction ids, and serials of tokens made on the way.
 * A recorded name once learned stands for the same one of ours in all that follows.
 */
export class Names {
  readonly #ours = new Map<string, string>()

  knows(recorded: string): boolean {
    return this.#ours.has(recorded)
  }

  learn(recorded: string, ours: string): void {
    if (!this.#ours.has(recorded)) this.#ours.set(recorded, ours)
  }

  /** A copy of a recorded value with our names in it. */
  translate<T>(value: T): T {
    if (typeof value === 'string') {
      let text: string = value
      for (const [recorded, ours] of this.#ours) text = text.replaceAll(recorded, ours)
      return text as T
    }
    if (Array.isArray(value)) return value.map((item: unknown) => this.translate(item)) as T
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.translate(key), this.translate(item)]),
    ) as T
  }

  /** Learns the transaction ids of an answer from the places where it and the recorded one have them. */
  learnTransactions(recorded: unknown, ours: unknown): void {
    if (Array.isArray(recorded) && Array.isArray(ours)) {
      recorded.forEach((item, index) => this.learnTransactions(item, ours[index]))
      return
    }
    if (recorded === null || ours === null || typeof recorded !== 'object' || typeof ours !== 'object') return
    for (const [key, value] of Object.entries(recorded)) {
      const our = (ours as Record<string, unknown>)[key]
      if (key === 'transaction_id' && typeof value === 'string' && typeof our === 'string') this.learn(value, our)
      else if (key === 'transaction_ids' && Array.isArray(value) && Array.isArray(our)) {
        value.forEach((id, index) => {
          if (typeof id === 'string' && typeof our[index] === 'string') this.learn(id, our[index])
        })
      } else this.learnTransactions(value, our)
    }
  }

  /** Transaction ids written into the statements or the request of a step are the same on both sides. */
  keepGiven({sql = [], request}: Step): void {
    for (const [id] of `${sql.join(' ')} ${JSON.stringify(request)}`.matchAll(/\b\d{20}\b/g)) this.learn(id, id)
  }

  /**
   * Learns the serial of a token made during the step: the part after the first four digits is random.
   * @param made serials that are in the database now and were not when the scenario began
   */
  learnSerials(recorded: readonly string[], made: readonly string[]): void {
    const taken = new Set(this.#ours.values())
    for (const serial of recorded) {
      if (this.knows(serial)) continue
      const start = /^\D+\d{4}/.exec(serial)?.[0] ?? serial
      const match = made.find((candidate) => candidate.startsWith(start) && !taken.has(candidate))
      if (match === undefined) continue
      this.learn(serial, match)
      taken.add(match)
    }
  }
}
