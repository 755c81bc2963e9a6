import type {Knex} from 'knex'
import type {LiveColumn} from '../catalogue.js'
import type {Row} from '../database.js'
import type {ColumnType} from '../schema/table.js'

export interface DumpColumn {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
}

/** A table as it stands in the database that is dumped, in words that every database understands. */
export interface DumpTable {
  readonly name: string
  readonly columns: readonly DumpColumn[]
  /** Empty for a table without one. */
  readonly primaryKey: readonly string[]
  /** The key counts by itself. */
  readonly generated: boolean
  /** Other than the primary key; kept for tables that no release describes. */
  readonly indexes: readonly {readonly columns: readonly string[]; readonly unique: boolean}[]
}

/** One field of a row: its canonical text, bytes, or nothing. */
export type Field = string | Buffer | null

/** Runs a query on one connection, within whatever transaction is open there. */
export type Reader = (sql: string, bindings?: readonly Knex.RawBinding[]) => Promise<Row[]>

/**
 * How a database writes its rows as the lines of a dump. A line is the same on every database: fields between tabs, `\N`
 * for NULL, backslash, tab, line feed and carriage return escaped by a backslash, as COPY of PostgreSQL and LOAD DATA of
 * MariaDB read it. Booleans are 1 and 0, times `YYYY-MM-DD HH:MM:SS.ffffff`, durations the time that lies so long after
 * 1970-01-01, bytes `\x` and hex.
 */
export interface DumpDialect {
  /** Statements that begin a read transaction which sees one moment. */
  readonly snapshot: readonly string[]
  /** The expression for the line of a row. */
  line(columns: readonly {column: DumpColumn; live: LiveColumn}[]): string
  /** The expression by which rows are ordered and found again: byte by byte for texts. */
  order(column: DumpColumn): string
  /** What a type of the database is in our words. */
  typeOf(live: LiveColumn): ColumnType
  /** Rows of the answer to a raw query. */
  rows(answer: unknown): Row[]
}
