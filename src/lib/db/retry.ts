import {setTimeout as sleep} from 'node:timers/promises'
import {DatabaseError} from './failures.js'

interface RetryOptions {
  /** How often the work is tried at most. */
  attempts?: number
  /** Longest first pause in milliseconds; it doubles with each attempt and is drawn at random below that. */
  firstPauseMs?: number
}

/**
 * Repeats work that ended in a deadlock, a serialization failure or a lock timeout, with full jitter between the
 * attempts so that competitors do not meet again.
 */
export async function retryOnConflict<R>(
  work: () => Promise<R>,
  {attempts = 8, firstPauseMs = 10}: RetryOptions = {},
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const repeatable = error instanceof DatabaseError && error.kind === 'conflict'
      if (!repeatable || attempt >= attempts) throw error
      await sleep(Math.random() * firstPauseMs * 2 ** (attempt - 1))
    }
  }
}
