import type {Knex} from 'knex'
import type {Catalogue} from './catalogue.js'
import type {Dialect} from './dialect.js'
import {DatabaseError} from './failures.js'
import type {InsertPlan} from './insert-plan.js'

/**
 * Keys for new rows by spec/01 §3: from the named sequence if the database has it, else from the column's own counter
 * (`undefined`: leave the key out), else the numbers after the greatest one.
 */
export async function keysFor(
  k: Knex,
  dialect: Dialect,
  catalogue: Catalogue,
  plan: Pick<InsertPlan, 'table' | 'sequence'>,
  count: number,
): Promise<{keys: number[]; counted: boolean} | undefined> {
  const sequence = liveSequence(catalogue, plan)
  if (sequence) return {keys: await dialect.takeFromSequence(k, sequence, count), counted: false}
  if (catalogue.tables.get(plan.table)?.columns.get('id')?.generated) return undefined
  const row = (await k(plan.table).select('id').orderBy('id', 'desc').forUpdate().first()) as {id: number} | undefined
  const first = Number(row?.id ?? 0) + 1
  return {keys: Array.from({length: count}, (_, at) => first + at), counted: true}
}

/** The sequence that a table's keys come from here. */
export function liveSequence(
  {sequences}: Catalogue,
  {table, sequence}: Pick<InsertPlan, 'table' | 'sequence'>,
): string | undefined {
  // 3.13 names no sequence for the token groups, while MariaDB databases made by 3.9 to 3.12 have nothing else that
  // counts (spec/01 §5.5).
  const name = sequence ?? (table === 'tokengroup' || table === 'tokentokengroup' ? `${table}_seq` : undefined)
  return name !== undefined && sequences.has(name) ? name : undefined
}

/** Two writers that counted at the same time: the later one can simply count again. */
export function asCountingConflict(error: unknown): unknown {
  const meetsKey =
    error instanceof DatabaseError && error.kind === 'duplicate' && /primary$|_pkey$/i.test(error.subject ?? '')
  return meetsKey ? new DatabaseError({kind: 'conflict'}, error) : error
}
