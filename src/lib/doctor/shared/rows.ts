import type {Database, Row} from '../../db/database.js'

/** The first row of a statement, whatever form the driver gives results. */
export async function firstRow(db: Database, sql: string, bindings: readonly unknown[] = []): Promise<Row | undefined> {
  const result: unknown = await db.k.raw(sql, bindings as never)
  const rows = Array.isArray(result) ? (result.flat() as Row[]) : ((result as {rows?: Row[]}).rows ?? [])
  return rows[0]
}
