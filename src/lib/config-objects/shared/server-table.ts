import type {Database, Row} from '../../db/database.js'
import {censored, sealedMark, type KindEnv} from '../contract.js'
import {text} from './text.js'

/** How a field of a document lies in a column. */
export interface ServerField {
  column: string
  /** `empty-secret`: an empty one is stored as it is; the others are encrypted also when empty. */
  type: 'text' | 'int' | 'bool' | 'secret' | 'empty-secret'
}

export type ServerFields = Readonly<Record<string, ServerField>>

/** Reads a table with one row an object, named by its column `identifier`; columns this release lacks are left out. */
export async function readServers<D>(db: Database, table: string, fields: ServerFields): Promise<Map<string, D>> {
  const found = new Map<string, D>()
  for (const row of await db.k<Row>(table).orderBy('id')) {
    const document: Record<string, unknown> = {}
    for (const [field, {column, type}] of Object.entries(fields)) {
      if (!db.schema.hasColumn(table, column)) continue
      const value = row[column]
      if (type === 'int') document[field] = Number(value ?? 0)
      else if (type === 'bool') document[field] = db.bool(value)
      else if (type === 'secret' || type === 'empty-secret')
        document[field] = value ? `${sealedMark}${text(value)}` : ''
      else document[field] = text(value)
    }
    const name = text(row['identifier'])
    if (!found.has(name)) found.set(name, document as D)
  }
  return found
}

/** Writes the row of one object, secrets sealed. */
export async function writeServer(
  {db, seal}: KindEnv,
  table: string,
  fields: ServerFields,
  name: string,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  const row: Row = {identifier: name}
  for (const [field, {column, type}] of Object.entries(fields)) {
    const value = document[field]
    if (value === undefined || value === censored || !db.schema.hasColumn(table, column)) continue
    const sealed = type === 'secret' || (type === 'empty-secret' && value !== '')
    row[column] = sealed ? await seal(String(value)) : value
  }
  const updated = await db.k(table).where({identifier: name}).update(row)
  if (updated === 0) await db.insert(table, [row])
}
