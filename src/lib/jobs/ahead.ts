/**
 * Gives the items of a source while the next one is already being fetched, so that the database reads while this process
 * computes. One item is held more than without.
 */
export async function* ahead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const {done, value} = await next
      if (done) return
      next = iterator.next()
      // Whoever stops early does not wait for it, and its failure is nobody's then.
      next.catch(() => {})
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
