import {closeSync, openSync, writeSync} from 'node:fs'
import {PiError} from '../lib/errors.js'

/** Writes JSON lines as they come, readable by the owner only. */
export class ReportFile {
  readonly #path: string
  readonly #file: number
  #pending = ''

  /** @throws PiError INVALID_INPUT when the file cannot be written */
  constructor(path: string) {
    this.#path = path
    this.#file = this.#guarded(() => openSync(path, 'w', 0o600))
  }

  push(record: unknown): void {
    this.#pending += `${JSON.stringify(record)}\n`
    if (this.#pending.length > 256 * 1024) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    const text = this.#pending
    this.#pending = ''
    if (text !== '') this.#guarded(() => writeSync(this.#file, text))
  }

  #guarded<R>(work: () => R): R {
    try {
      return work()
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      const full = code === 'ENOSPC' || code === 'EDQUOT'
      throw new PiError(
        full ? 'UNAVAILABLE' : 'INVALID_INPUT',
        `Cannot write the report ${this.#path}: ${code ?? 'failed'}.`,
        {
          cause: error,
        },
      )
    }
  }
}
