import type {ImportedRow} from '../../types/imported-token.js'

/** Bytes that may be kept: some 200,000 tokens of a usual file. */
const limitBytes = 48 * 1024 * 1024

/**
 * Keeps the first batches of a file from its first reading, compact, so that the second one need not parse and decrypt them
 * again; of a longer file the rest is read again.
 */
export class RowMemory {
  readonly #batches: Buffer[] = []
  #bytes = 0
  #full = false
  /** How many rows are kept. */
  rows = 0

  add(batch: readonly ImportedRow[]): void {
    if (this.#full) return
    // JSON has no bytes, which only blobs of vendors need.
    if (batch.some((row) => 'token' in row && row.token.secret !== undefined && typeof row.token.secret !== 'string')) {
      this.#full = true
      return
    }
    const bytes = Buffer.from(JSON.stringify(batch))
    this.#bytes += bytes.length
    if (this.#bytes > limitBytes) {
      this.#full = true
      return
    }
    this.#batches.push(bytes)
    this.rows += batch.length
  }

  /** Gives the batches once, and forgets each. */
  *take(): Iterable<ImportedRow[]> {
    for (let bytes = this.#batches.shift(); bytes; bytes = this.#batches.shift()) {
      yield JSON.parse(bytes.toString()) as ImportedRow[]
    }
  }
}
