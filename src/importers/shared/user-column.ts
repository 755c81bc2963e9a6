import {PiError} from '../../lib/errors.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {CsvRecord} from './csv.js'
import {damaged} from './text.js'

/** Takes the column out of the records of a CSV that names the owner, so that the others are read as without it. */
export class UserColumn {
  readonly #file: string
  readonly #name: string
  #at: number | undefined

  /** @param column its number, from 1, or its name in the first record */
  constructor(file: string, column: string) {
    this.#file = file
    this.#name = column.trim()
    if (this.#name === '') throw new PiError('USAGE', '--user-column takes the number or the name of a column.')
    if (/^\d{1,3}$/.test(this.#name)) {
      this.#at = Number(this.#name) - 1
      if (this.#at < 0) throw new PiError('USAGE', 'The columns of a file count from 1.')
    }
  }

  /** @throws PiError INVALID_INPUT when the header has no such column */
  take(record: CsvRecord): {record: CsvRecord; login: string | undefined} {
    if (this.#at === undefined) {
      const wanted = this.#name.toLowerCase()
      this.#at = record.fields.findIndex((name) => name.replace('\uFEFF', '').trim().toLowerCase() === wanted)
      if (this.#at < 0) throw damaged(this.#file, record.line, `the header has no column '${this.#name.slice(0, 60)}'`)
    }
    const login = record.fields[this.#at]?.trim()
    return {record: {...record, fields: record.fields.toSpliced(this.#at, 1)}, login}
  }
}

/** The row with this owner: `login`, or `login@realm` where there is such a realm. */
export function withOwner(row: ImportedRow, login: string): ImportedRow {
  return 'token' in row ? {...row, token: {...row.token, user: {login}}} : row
}
