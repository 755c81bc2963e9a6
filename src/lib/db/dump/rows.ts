import type {Knex} from 'knex'
import type {LiveTable} from '../catalogue.js'
import {literal} from '../create.js'
import type {Dialect} from '../dialect.js'
import type {DumpColumn, DumpTable, Reader} from './contract.js'

/** Lines of a table, each with its line feed. */
export interface Page {
  text: string
  rows: number
}

interface PagesOptions {
  read: Reader
  dialect: Dialect
  /** How the database has it. */
  live: LiveTable
  /** What it is called, if not as described. */
  storedAs?: string
  size?: number
}

/**
 * The rows of a table as lines, in the order of its primary key: page after page, each found by the key of the one
 * before, so that memory stays flat.
 */
export async function* linesOf(table: DumpTable, options: PagesOptions): AsyncGenerator<Page> {
  const {dialect, live, read, size = 2000, storedAs = table.name} = options
  const {dump} = dialect
  const quoted = quotedName(dialect, storedAs)
  const line = dump.line(table.columns.map((column) => ({column, live: live.columns.get(column.name)!})))
  const keys = table.primaryKey.map((name) => table.columns.find((column) => column.name === name)!)
  const orders = (keys.length > 0 ? keys : table.columns).map((column) => dump.order(column))
  const picked = keys.map((column, at) => `${keyText(dialect, column)} AS k${at}`)
  // Texts have no index that is ordered byte by byte everywhere: fewer, larger pages.
  const limit = keys.length === 1 && isNumber(keys[0]!) ? size : size * 10
  const canonical = canonicalDoubles(table)
  let after: unknown[] | undefined
  for (let offset = 0; ; offset += limit) {
    const where = after && keys.length > 0 ? `WHERE ${beyond(orders)}` : ''
    const skip = keys.length === 0 ? ` OFFSET ${offset}` : ''
    const rows = await read(
      `${literal(`SELECT ${[`${line} AS line`, ...picked].join(', ')} FROM ${quoted}`)} ${where} ORDER BY ${orders.map(literal).join(', ')} LIMIT ${limit}${skip}`,
      (where === '' ? [] : repeated(after ?? [])) as Knex.RawBinding[],
    )
    if (rows.length > 0) {
      const lines = rows.map((row) => row['line'] as string)
      yield {rows: rows.length, text: `${(canonical ? lines.map(canonical) : lines).join('\n')}\n`}
    }
    if (rows.length < limit) return
    after = keys.map((_, at) => rows.at(-1)![`k${at}`])
  }
}

function quotedName(dialect: Dialect, name: string): string {
  return dialect.name === 'sqlite' ? `"${name.replaceAll('"', '""')}"` : dialect.ddl.quote(name)
}

function isNumber({type: {kind}}: DumpColumn): boolean {
  return kind === 'integer' || kind === 'bigint'
}

/** Keys travel as they are ordered: MariaDB's texts as bytes. */
function keyText(dialect: Dialect, column: DumpColumn): string {
  return isNumber(column) ? dialect.dump.order(column) : quotedName(dialect, column.name)
}

/** `a > ? OR a = ? AND b > ?`: what lies behind a key of several columns, in words that find an index. */
function beyond(orders: readonly string[]): string {
  return orders
    .map((order, at) => {
      const equal = orders.slice(0, at).map((earlier) => `${literal(earlier)} = ? AND `)
      return `(${equal.join('')}${literal(order)} > ?)`
    })
    .join(' OR ')
}

function repeated(after: readonly unknown[]): unknown[] {
  return after.flatMap((_, at) => after.slice(0, at + 1))
}

/** Databases write floating-point numbers in different ways; the dump has the shortest text that means the same. */
function canonicalDoubles(table: DumpTable): ((line: string) => string) | undefined {
  const places = table.columns.flatMap(({type}, at) => (type.kind === 'double' ? [at] : []))
  if (places.length === 0) return undefined
  return (line) => {
    const fields = line.split('\t')
    for (const at of places) {
      const number = Number(fields[at])
      if (fields[at] !== '\\N' && Number.isFinite(number)) fields[at] = String(number)
    }
    return fields.join('\t')
  }
}
