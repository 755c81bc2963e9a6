import type {Database, Row} from './database.js'

/** How the ids of a table are counted, as far as the server says it. */
export interface Numbering {
  /** Distance of two ids of one node; more than 1 in a cluster. */
  increment: number
  /** Ids that a server takes from the sequence at once, and forgets when it is restarted; 0 without one. */
  cache: number
}

/** How this server counts the ids of the audit table (spec/01 §3). */
export async function auditNumbering(db: Database): Promise<Numbering> {
  if (db.dialect !== 'mariadb') return {increment: 1, cache: 0}
  const one = async (sql: string) => ((await db.k.raw(sql)) as [Row[]])[0][0]
  const increment = Number((await one('SELECT @@auto_increment_increment AS n'))?.['n'] ?? 1)
  const sequence = await one(
    `SELECT count(*) AS n FROM information_schema.tables
      WHERE table_schema = database() AND table_name = 'audit_seq' AND table_type = 'SEQUENCE'`,
  )
  const cache = Number(sequence?.['n']) === 1 ? Number((await one('SELECT cache_size AS n FROM audit_seq'))?.['n']) : 0
  return {increment: Math.max(1, increment), cache}
}
