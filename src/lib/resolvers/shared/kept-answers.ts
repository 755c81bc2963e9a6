const mostKept = 10_000

/**
 * Answers of a user store that are good for a while, negative ones too (spec/10 §4.2, cache); failures are not kept. The
 * oldest go when there are too many.
 */
export class KeptAnswers {
  readonly #seconds: number
  readonly #now: () => number
  readonly #kept = new Map<string, {answer: unknown; until: number}>()

  /** @param seconds 0 keeps nothing @param now milliseconds */
  constructor(seconds: number, now: () => number = Date.now) {
    this.#seconds = seconds
    this.#now = now
  }

  /** @param key tells questions apart; the same key must always ask for the same type */
  async get<R>(key: string, ask: () => Promise<R>, {fresh = false} = {}): Promise<R> {
    if (this.#seconds <= 0) return ask()
    const kept = fresh ? undefined : this.#kept.get(key)
    if (kept && kept.until > this.#now()) return kept.answer as R
    const answer = await ask()
    this.#kept.delete(key)
    this.#kept.set(key, {answer, until: this.#now() + this.#seconds * 1000})
    if (this.#kept.size > mostKept) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest)
        break
      }
    }
    return answer
  }

  forget(): void {
    this.#kept.clear()
  }
}
