import {open, readFile, type FileHandle} from 'node:fs/promises'
import {PiError, reasonOf} from '../../errors.js'
import type {TokenFile} from '../../types/imported-token.js'

/** Whether the records `from`–`to` are in the database: `perhaps` when the run ended between announcing and confirming. */
export type BatchState = 'open' | 'perhaps' | 'written'

/** The form of the file: JSON lines, first what it is about, then the batches. */
const version = 1

type Entry = {journal: number; digest: string} | {begin: number} | {end: number}

/**
 * Remembers how far an import got. A batch is announced durably before its transaction and confirmed after it, so that
 * after a crash only the batches that were under way are in doubt.
 */
export class Journal {
  readonly #file: FileHandle
  #begun = 0
  #ended = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * Opens the journal of an import, or begins it.
   * @throws PiError REFUSED when it belongs to another file, INVALID_INPUT when it is no journal or cannot be written
   */
  static async open(path: string, tokens: TokenFile): Promise<Journal> {
    const digest = await tokens.digest()
    const text = await readText(path)
    // A crash may have cut the last line; what it announced has not begun.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const lines = whole.split('\n').filter((line) => line !== '')
    let file: FileHandle
    try {
      file = await open(path, 'a', 0o600)
      if (whole !== text) await file.truncate(Buffer.byteLength(whole))
    } catch (error) {
      throw new PiError('INVALID_INPUT', `Cannot write the journal ${path}: ${reasonOf(error)}.`, {cause: error})
    }
    const journal = new Journal(file)
    try {
      if (lines.length === 0) await journal.#append({journal: version, digest})
      else journal.#replay(path, lines, digest)
    } catch (error) {
      await file.close()
      throw error
    }
    return journal
  }

  stateOf(from: number, to: number): BatchState {
    if (to <= this.#ended) return 'written'
    return from < this.#begun ? 'perhaps' : 'open'
  }

  async begin(to: number): Promise<void> {
    if (to > this.#begun) await this.#append({begin: to})
  }

  async end(to: number): Promise<void> {
    if (to > this.#ended) await this.#append({end: to})
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #replay(path: string, lines: readonly string[], digest: string): void {
    for (const [index, line] of lines.entries()) {
      const entry = parse(line)
      if (!entry || (index === 0) !== 'journal' in entry) {
        throw new PiError('INVALID_INPUT', `${path} is no journal of an import.`)
      }
      if ('journal' in entry && entry.journal !== version) {
        throw new PiError('INVALID_INPUT', `The journal ${path} was written by another version.`)
      }
      if ('digest' in entry && entry.digest !== digest) {
        throw new PiError('REFUSED', `The journal ${path} belongs to another token file.`, {
          hints: ['Name another journal, or delete this one to begin anew'],
        })
      }
      if ('begin' in entry) this.#begun = Math.max(this.#begun, entry.begin)
      if ('end' in entry) this.#ended = Math.max(this.#ended, entry.end)
    }
  }

  async #append(entry: Entry): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(entry)}\n`)
    await this.#file.datasync()
    if ('begin' in entry) this.#begun = entry.begin
    if ('end' in entry) this.#ended = entry.end
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new PiError('INVALID_INPUT', `Cannot read the journal ${path}: ${reasonOf(error)}.`, {cause: error})
  }
}

function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Record<string, unknown>
    const {journal, digest, begin, end} = entry
    if (Number.isInteger(journal) && typeof digest === 'string') return {journal: journal as number, digest}
    if (Number.isInteger(begin)) return {begin: begin as number}
    return Number.isInteger(end) ? {end: end as number} : undefined
  } catch {
    return undefined
  }
}
