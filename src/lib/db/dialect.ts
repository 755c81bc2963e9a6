import type {Knex} from 'knex'
import type {Catalogue, LiveIndex} from './catalogue.js'
import type {DialectName} from './database.js'
import type {SqlalchemyUrl} from './sqlalchemy-url.js'
import type {Column, ColumnType, Table} from './schema/table.js'
import type {ReleaseSchema} from './schema/releases.js'
import type {DumpDialect} from './dump/contract.js'
import {PiError} from '../errors.js'

/** What `openDatabase` knows when it connects. */
export interface ConnectRequest {
  url: SqlalchemyUrl
  /** `SQLALCHEMY_ENGINE_OPTIONS` or `PI_AUDIT_SQL_OPTIONS`, with `connect_args` inside. */
  engineOptions: Readonly<Record<string, unknown>>
  /** Make the database file if it is not there (SQLite only). */
  create: boolean
  /** Refuse every write, in the database itself. */
  readOnly: boolean
  /** For a relative SQLite path. */
  workingDirectory: string
  warn: (message: string) => void
}

export interface Connected {
  knex: Knex
  /** For messages: a path, or host and name; no password. */
  description: string
  /** Of the database, or of its file. */
  name: string
}

/** A column of an insert: where its values come from is decided a batch at a time. */
export interface InsertColumn {
  name: string
  type: ColumnType
}

/** All differences between the databases. One file each in `dialects/`, loaded with its driver when it is needed. */
export interface Dialect {
  readonly name: DialectName
  /** Transactions queue inside the process, since the database takes one writer at a time. */
  readonly oneWriter: boolean
  /** How a boolean travels to the database. */
  boolean(value: boolean): boolean | number
  /** Rows a statement at most. */
  readonly batchSize: number
  /** @throws PiError CONFIG (missing file, unusable options), UNAVAILABLE */
  connect(request: ConnectRequest): Promise<Connected>
  readCatalogue(k: Knex): Promise<Catalogue>
  readIndexes(k: Knex): Promise<LiveIndex[]>
  /**
   * Inserts rows whose values are in the order of `columns`. Values are numbers, texts, booleans and null.
   * @param generated the key column that the database fills; absent when the rows hold their key
   * @returns the generated keys in the order of the rows; empty without `generated`
   */
  insertRows(
    k: Knex,
    table: string,
    columns: readonly InsertColumn[],
    rows: readonly (readonly unknown[])[],
    generated: string | undefined,
  ): Promise<number[]>
  /** Takes `count` values from a sequence in one statement. */
  takeFromSequence(k: Knex, sequence: string, count: number): Promise<number[]>
  /** Makes the next value of a sequence greater than `value`; never turns it back. */
  raiseSequence(k: Knex, sequence: string, value: number): Promise<void>
  /** The same for a key column that counts by itself without looking at the rows (PostgreSQL's SERIAL). */
  raiseGenerated(k: Knex, table: string, value: number): Promise<void>
  /** The next value, or more where the server hands out values from a cache. */
  sequencePosition(k: Knex, sequence: string): Promise<number>
  /** The DDL of the original on this database. */
  readonly ddl: Ddl
  /** How its rows become the lines of a dump. */
  readonly dump: DumpDialect
}

export interface Ddl {
  quote(identifier: string): string
  type(type: ColumnType): string
  /** Sequences that the release has here, each with its creating statement. */
  createSequence(name: string, release: ReleaseSchema): string | undefined
  /** Attributes of the key column: its type and how it gets its value. */
  keyColumn(table: Table, column: Column, release: ReleaseSchema): string
  /** Constraints of a boolean column, or nothing. */
  booleanCheck(column: Column, release: ReleaseSchema): string | undefined
  /** Changes the type of a column; absent where its length means nothing. */
  alterType?(table: Table, column: Column): string
  /** Lets a key column that nothing counts count by itself; absent where it always does. */
  generateKey?(table: Table, column: Column): string[]
  /** The statement that moves a sequence beyond a value. */
  raiseSequence(name: string, value: number): string
  /** Indexes are declared with the table: one statement instead of many, for the same table. */
  readonly indexesInTable: boolean
  /** What follows the closing parenthesis. */
  readonly tableOptions: string
}

/** Which database a URI means (spec/02 §2.2). @throws PiError CONFIG */
export function dialectNameOf(backend: string): DialectName {
  if (backend === 'sqlite') return 'sqlite'
  if (backend === 'postgresql' || backend === 'postgres') return 'postgres'
  if (backend === 'mysql' || backend === 'mariadb' || backend === 'pymysql') return 'mariadb'
  throw new PiError('CONFIG', `Databases of the kind '${backend}' are not supported.`, {
    hints: ['Supported are sqlite, postgresql, and mysql or mariadb'],
  })
}

/** Loads a dialect and nothing of the others. */
export async function loadDialect(name: DialectName): Promise<Dialect> {
  if (name === 'sqlite') return (await import('./dialects/sqlite.js')).sqlite
  if (name === 'postgres') return (await import('./dialects/postgres.js')).postgres
  return (await import('./dialects/mariadb.js')).mariadb
}
