import type {Database, DialectName, Row} from './database.js'

const statements: Record<DialectName, string> = {
  sqlite: "SELECT strftime('%s', 'now') AS now",
  postgres: 'SELECT EXTRACT(EPOCH FROM clock_timestamp()) AS now',
  mariadb: 'SELECT UNIX_TIMESTAMP(SYSDATE()) AS now',
}

/** Seconds since 1970 by the clock of the database, which all nodes share. */
export async function databaseSeconds(db: Database): Promise<number> {
  const result: unknown = await db.k.raw(statements[db.dialect])
  const rows = Array.isArray(result) ? (result.flat() as Row[]) : (result as {rows: Row[]}).rows
  return Math.floor(Number(rows[0]?.['now']))
}
