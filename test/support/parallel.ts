/** Does `work` for all items, a bounded number at a time; the results are in the order of the items. */
export async function inParallel<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lanes = Array.from({length: Math.min(width, items.length)}, async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T)
  })
  await Promise.all(lanes)
  return results
}
