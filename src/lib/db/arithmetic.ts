import type {Knex} from 'knex'
import type {Database} from './database.js'

/** Integer types for casts; MariaDB has its own words. */
const integerType = {sqlite: 'INTEGER', postgres: 'BIGINT', mariadb: 'SIGNED'} as const
const textType = {sqlite: 'TEXT', postgres: 'TEXT', mariadb: 'CHAR'} as const

/** A text column that holds a decimal number, as a number. Other texts count as zero. */
export function numberInText(db: Database, column: string): Knex.Raw {
  const cast = `CAST(?? AS ${integerType[db.dialect]})`
  // PostgreSQL refuses to cast other texts, the others take the digits in front.
  if (db.dialect !== 'postgres') return db.k.raw(cast, [column])
  return db.k.raw(`CASE WHEN ?? ~ '^[0-9]{1,18}$' THEN ${cast} ELSE 0 END`, [column, column])
}

/** The same column, so much greater, as text again. */
export function increasedText(db: Database, column: string, by: number): Knex.Raw {
  return db.k.raw(`CAST(? + ? AS ${textType[db.dialect]})`, [numberInText(db, column), by])
}
