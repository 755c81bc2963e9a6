import type {Database} from '../db/database.js'
import {TokenCounterRepository, type TokenCounter} from '../store/token-counters.js'

export interface CounterUpdate {
  /** Lines with a serial and a counter. */
  processed: number
  updated: number
  /** Counters that stay: they are so already, or greater. */
  kept: number
  /** Serials that no token has. */
  missing: string[]
  /** Lines that cannot be read. */
  failed: {line: number; text: string}[]
}

/** The largest counter that the column holds. */
const maxCount = 2_147_483_647

/**
 * Sets counters from lines `serial, counter`, all in one transaction (spec/03-cli.md §C, privacyidea-update-counter).
 * Lines that cannot be read and serials that no token has are passed over and reported.
 * @param options.increaseOnly never turn a counter back
 * @throws PiError UNAVAILABLE
 */
export async function updateCounters(
  db: Database,
  text: string,
  {dryRun = false, increaseOnly = false} = {},
): Promise<CounterUpdate> {
  const result: CounterUpdate = {processed: 0, updated: 0, kept: 0, missing: [], failed: []}
  const counters: TokenCounter[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const counter = readLine(line)
    if (counter) counters.push(counter)
    else result.failed.push({line: index + 1, text: line})
  }
  result.processed = counters.length
  const work = async (tx: Database) => {
    // repeated after a deadlock
    Object.assign(result, {updated: 0, kept: 0, missing: []})
    const store = new TokenCounterRepository(tx)
    for (const counter of counters) {
      const outcome = await store.set(counter, {increaseOnly})
      if (outcome === 'missing') result.missing.push(counter.serial)
      else result[outcome === 'set' ? 'updated' : 'kept'] += 1
    }
    if (dryRun) throw new DryRun()
  }
  await db.transaction(work).catch((error: unknown) => {
    if (!(error instanceof DryRun)) throw error
  })
  return result
}

/** Takes everything of a dry run back. */
class DryRun extends Error {}

function readLine(line: string): TokenCounter | undefined {
  const [, serial, digits] = /^\s*([^,\s]+)\s*,\s*(\d{1,10})\s*$/.exec(line) ?? []
  const count = Number(digits)
  return serial === undefined || !(count <= maxCount) ? undefined : {serial, count}
}

/** The counters of all tokens by age, or of those of one type. */
export function tokenCounters(db: Database, {type}: {type?: string | undefined} = {}): AsyncIterable<TokenCounter[]> {
  return new TokenCounterRepository(db).pages(type)
}
