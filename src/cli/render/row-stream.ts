import {csvLine} from './csv.js'
import {plainText} from './plain.js'
import {tableOf, type Column} from './table.js'

export type RowFormat = 'csv' | 'json' | 'jsonl' | 'table' | 'yaml'

export interface RowStreamOptions<R> {
  format: RowFormat
  /** Cells of a table or of CSV. */
  columns: readonly Column<R>[]
  /** Key of the list in the JSON document. */
  key: string
  /** A row in JSON and YAML. */
  toJson: (row: R) => unknown
  /** Lines around a table, for a terminal; long lists go without. */
  fancy?: boolean
  write: (text: string) => void
}

/** Longer tables are not held back to measure their columns. */
const fancyRows = 500

/** Writes rows as they come, in any of the output forms, so that a list of millions needs no memory. */
export class RowStream<R> {
  readonly #options: RowStreamOptions<R>
  #held: R[] | undefined
  #count = 0

  constructor(options: RowStreamOptions<R>) {
    this.#options = options
    this.#held = options.format === 'table' && options.fancy ? [] : undefined
  }

  /** Rows so far. */
  get count(): number {
    return this.#count
  }

  push(rows: readonly R[]): void {
    if (rows.length === 0) return
    if (this.#held && this.#held.length + rows.length <= fancyRows) {
      this.#held.push(...rows)
      this.#count += rows.length
      return
    }
    const held = this.#held ?? []
    this.#held = undefined
    if (held.length > 0) this.#count = 0
    this.#write([...held, ...rows])
  }

  end(): void {
    const {format, columns, key, write} = this.#options
    if (this.#held) {
      write(tableOf(this.#held, columns, {fancy: true}))
      return
    }
    if (this.#count === 0) this.#begin()
    if (format === 'json') write(this.#count === 0 ? `{\n  ${JSON.stringify(key)}: []\n}\n` : '\n  ]\n}\n')
    if (format === 'yaml' && this.#count === 0) write('[]\n')
  }

  #begin(): void {
    const {format, columns, write} = this.#options
    if (format === 'csv') write(csvLine(columns.map(({header}) => header)))
    if (format === 'table') write(tableOf([], columns))
  }

  #write(rows: readonly R[]): void {
    const {format, columns, key, toJson, write} = this.#options
    if (this.#count === 0) this.#begin()
    const first = this.#count === 0
    this.#count += rows.length
    switch (format) {
      case 'csv': {
        write(rows.map((row) => csvLine(columns.map((column) => column.get(row)))).join(''))
        break
      }
      case 'json': {
        const items = rows.map((row) => JSON.stringify(toJson(row), null, 2).replaceAll('\n', '\n    '))
        write(`${first ? `{\n  ${JSON.stringify(key)}: [` : ','}\n    ${items.join(',\n    ')}`)
        break
      }
      case 'jsonl': {
        write(rows.map((row) => `${JSON.stringify(toJson(row))}\n`).join(''))
        break
      }
      case 'yaml': {
        write(rows.map((row) => yamlItem(toJson(row))).join(''))
        break
      }
      case 'table': {
        // The header has been written; the lines are those of a list without it.
        write(tableOf(rows, columns).split('\n').slice(1).join('\n'))
        break
      }
    }
  }
}

/** One item of a list. Written by hand because the library needs ten times as long; JSON is YAML. */
function yamlItem(value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return `- ${JSON.stringify(value)}\n`
  const lines = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${/^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key)}: ${JSON.stringify(item)}`)
  return `- ${lines.join('\n  ')}\n`
}

/** A cell with a mapping: `key=value` pairs. */
export function pairs(map: Readonly<Record<string, unknown>>): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${plainText(value)}`)
    .join(', ')
}
