import Table from 'cli-table3'
import {plainText} from './plain.js'

/** One column of a list: what it is called and how it is taken from a row. */
export interface Column<R> {
  header: string
  get: (row: R) => unknown
  align?: 'left' | 'right'
}

/**
 * Rows for reading. On a terminal a table with lines, otherwise one line a row, cells separated by tabs (tabs and line
 * feeds in them escaped), so that `cut` and `awk` can be used. Ends with a line feed unless there is nothing at all.
 */
export function tableOf<R>(rows: readonly R[], columns: readonly Column<R>[], {fancy = false} = {}): string {
  if (!fancy) {
    const lines = [
      columns.map((column) => column.header),
      ...rows.map((row) => columns.map((column) => escaped(plainText(column.get(row))))),
    ]
    return lines.map((cells) => `${cells.join('\t')}\n`).join('')
  }
  if (rows.length === 0) return 'none\n'
  const table = new Table({
    colAligns: columns.map((column) => column.align ?? 'left'),
    head: columns.map((column) => column.header),
    style: {border: [], compact: true, head: process.env['NO_COLOR'] ? [] : ['bold']},
  })
  for (const row of rows) table.push(columns.map((column) => escaped(plainText(column.get(row)))))
  return `${table.toString()}\n`
}

/** Keeps a row on its line, and control characters of stored texts away from the terminal. */
function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\0-\x1f\x7f-\x9f\\]/g, (one) => {
    const known = ({'\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t'} as Record<string, string>)[one]
    return known ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
