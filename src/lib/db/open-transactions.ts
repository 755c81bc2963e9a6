import type {Database, DialectName, Row} from './database.js'

const statements: Record<Exclude<DialectName, 'sqlite'>, string> = {
  postgres:
    'SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ' +
    'AND backend_xid IS NOT NULL AND xact_start < to_timestamp(?)',
  mariadb:
    'SELECT count(*) AS n FROM information_schema.innodb_trx WHERE trx_rows_modified > 0 AND trx_started < FROM_UNIXTIME(?)',
}

/**
 * How many transactions of others that have written something began before a moment and are still open: what they wrote
 * is yet to come. SQLite has one writer, so whoever writes there knows that nobody else does.
 * @param since seconds since 1970 by the clock of the database
 * @returns undefined when this database user may not know
 */
export async function writersSince(db: Database, since: number): Promise<number | undefined> {
  if (db.dialect === 'sqlite') return 0
  try {
    const result: unknown = await db.k.raw(statements[db.dialect], [since])
    const rows = Array.isArray(result) ? (result.flat() as Row[]) : (result as {rows: Row[]}).rows
    return Number(rows[0]?.['n'])
  } catch {
    return undefined
  }
}
