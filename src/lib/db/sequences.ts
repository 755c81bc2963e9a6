import type {Knex} from 'knex'
import type {Catalogue} from './catalogue.js'
import type {Dialect} from './dialect.js'
import type {InsertPlan} from './insert-plan.js'

/**
 * Keys for new rows by spec/01 §3: the named sequence if the database has it, else the column's own counter
 * (`undefined`: leave the key out), else the numbers after the greatest one, which needs the table locked.
 */
export async function keysFor(
  k: Knex,
  dialect: Dialect,
  {tables, sequences}: Catalogue,
  {table, sequence}: Pick<InsertPlan, 'table' | 'sequence'>,
  count: number,
): Promise<number[] | undefined> {
  const known = sequence ?? formerSequence(table)
  if (known && sequences.has(known)) return dialect.takeFromSequence(k, known, count)
  if (tables.get(table)?.columns.get('id')?.generated) return undefined
  const [row] = (await k(table).max({greatest: 'id'}).forUpdate()) as {greatest: number | null}[]
  const first = Number(row?.greatest ?? 0) + 1
  return Array.from({length: count}, (_, at) => first + at)
}

/**
 * 3.13 no longer names a sequence for the token groups, while MariaDB databases made by 3.9 to 3.12 have nothing else
 * that counts (spec/01 §5.5).
 */
function formerSequence(table: string): string | undefined {
  return table === 'tokengroup' || table === 'tokentokengroup' ? `${table}_seq` : undefined
}
