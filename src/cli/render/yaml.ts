import {stringify} from 'yaml'
import type {Column} from './table.js'

/** A list with one mapping a row, keys as the headers of the columns. */
export function yamlOf<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  return stringify(
    rows.map((row) => Object.fromEntries(columns.map((column) => [column.header, column.get(row) ?? null]))),
  )
}
