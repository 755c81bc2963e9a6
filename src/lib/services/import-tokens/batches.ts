/** Groups of so many items, the last one smaller. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length >= size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/** Reads on to the end, so that a damage behind the limit is still found, but gives only so many items. */
export async function* takeFirst<T>(items: AsyncIterable<T>, limit: number): AsyncIterable<T> {
  let count = 0
  for await (const item of items) {
    count += 1
    if (count <= limit) yield item
  }
}

/** Works on the next item while the consumer is busy with this one, so that reading and writing overlap. */
export async function* prefetched<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncIterable<R> {
  const iterator = items[Symbol.asyncIterator]()
  const next = async (): Promise<{value: R} | undefined> => {
    const {done, value} = await iterator.next()
    return done ? undefined : {value: await work(value)}
  }
  let ahead = next()
  try {
    for (let current = await ahead; current; current = await ahead) {
      ahead = next()
      // Its failure is reported when its turn comes, not as an unhandled rejection before.
      ahead.catch(() => undefined)
      yield current.value
    }
  } finally {
    await ahead.catch(() => undefined)
    await iterator.return?.()
  }
}

/**
 * Works on up to `width` items at a time and gives the results in order. When one fails, those under way are waited for.
 */
export async function* overlapped<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  width: number,
): AsyncIterable<R> {
  const running: Promise<R>[] = []
  try {
    for await (const item of items) {
      const started = work(item)
      // Its failure is reported when its turn comes.
      started.catch(() => undefined)
      running.push(started)
      if (running.length >= width) yield await running.shift()!
    }
    while (running.length > 0) yield await running.shift()!
  } finally {
    await Promise.allSettled(running)
  }
}
