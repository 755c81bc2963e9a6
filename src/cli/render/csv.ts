import {plainText} from './plain.js'
import type {Column} from './table.js'

interface CsvOptions {
  /** Default `\r\n` (RFC 4180), which is also what Python's csv module writes. */
  lineEnd?: '\n' | '\r\n'
  /** `minimal` quotes where it is needed, `all` always, as csv.QUOTE_MINIMAL and csv.QUOTE_ALL. */
  quoting?: 'minimal' | 'all'
}

/** One record as Python's csv writer makes it: `None` is empty, quotes are doubled. */
export function csvLine(values: readonly unknown[], {lineEnd = '\r\n', quoting = 'minimal'}: CsvOptions = {}): string {
  const cells = values.map((value) => {
    const text = plainText(value)
    return quoting === 'all' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  // A record with one empty cell would be an empty line, which readers skip.
  return `${cells.length === 1 && cells[0] === '' ? '""' : cells.join(',')}${lineEnd}`
}

/** A header and one record a row. */
export function csvOf<R>(rows: readonly R[], columns: readonly Column<R>[], options: CsvOptions = {}): string {
  const header = csvLine(
    columns.map((column) => column.header),
    options,
  )
  return header + rows.map((row) => csvLine(columns.map((column) => column.get(row)), options)).join('') // prettier-ignore
}
