import {PiError} from '../errors.js'

/** Longest wait for a turn: by then the one before is not slow but stuck. */
const patienceMs = 60_000

/**
 * Lets one caller in at a time, in order. SQLite takes one writer; queueing them here costs nothing, while its own
 * waiting would hold threads and wake in no order.
 */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  async run<R>(work: () => Promise<R>): Promise<R> {
    let finish = () => {}
    const turn = this.#last
    this.#last = new Promise<void>((resolve) => (finish = resolve))
    try {
      await withPatience(turn)
      return await work()
    } finally {
      finish()
    }
  }
}

async function withPatience(turn: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PiError('UNAVAILABLE', 'Another transaction of this program does not end.')),
      patienceMs,
    )
  })
  try {
    await Promise.race([turn, impatience])
  } finally {
    clearTimeout(timer)
  }
}
