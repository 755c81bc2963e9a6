import {createTable, stampTable} from '../create.js'
import type {Dialect} from '../dialect.js'
import type {ReleaseSchema} from '../schema/releases.js'
import type {Column, Table} from '../schema/table.js'
import type {DumpTable} from './contract.js'

/** The statements that make the tables of a dump in another database. */
export interface NewTables {
  sequences: string[]
  tables: string[]
  /** Where they are not declared with the table. */
  references: {table: string; statement: string}[]
}

export interface NewTablesOptions {
  dialect: Dialect
  release: ReleaseSchema
  /** Longest text of each column, `table.column`, in characters: SQLite takes longer ones than are declared. */
  longest: ReadonlyMap<string, number>
  /** What a table or sequence is called until it takes its place. */
  nameOf: (name: string) => string
  /** Foreign keys are made after the rows are there. */
  referencesLast: boolean
}

export function newTables(tables: readonly DumpTable[], options: NewTablesOptions): NewTables {
  const {dialect, release, nameOf, referencesLast} = options
  const made: NewTables = {sequences: [], tables: [], references: []}
  const names = new Set(tables.map(({name}) => name))
  for (const dumped of tables) {
    if (dumped.name === 'alembic_version') {
      made.tables.push(stampTable(dialect).replace('alembic_version', nameOf('alembic_version')))
      continue
    }
    const table = tableOf(dumped, options)
    if (table.sequence) {
      const statement = dialect.ddl.createSequence(nameOf(table.sequence), release)
      if (statement && !made.sequences.includes(statement)) made.sequences.push(statement)
    }
    const references = table.foreignKeys.filter((key) => names.has(key.table))
    const renamed = nameOf(table.name) !== table.name
    // A name counts in the whole database there, and the old one is still in use; without, it follows the table.
    const foreignKeys = references.map(({name, ...key}) => ({
      ...key,
      table: nameOf(key.table),
      ...(name && !renamed && {name}),
    }))
    const stored = {...table, name: nameOf(table.name), foreignKeys: referencesLast ? [] : foreignKeys}
    made.tables.push(...createTable(quoting(dialect, release, dumped), stored, release))
    if (!referencesLast) continue
    const {quote} = dialect.ddl
    for (const {name, column, table: parent, references: key, cascade} of foreignKeys) {
      const named = name ? `CONSTRAINT ${quote(name)} ` : ''
      const end = cascade ? ' ON DELETE CASCADE' : ''
      const statement = `ALTER TABLE ${quote(stored.name)} ADD ${named}FOREIGN KEY (${quote(column)}) REFERENCES ${quote(parent)} (${quote(key)})${end}`
      made.references.push({table: table.name, statement})
    }
  }
  return made
}

/** A table of others may have columns called like a word of SQL. */
function quoting(dialect: Dialect, release: ReleaseSchema, {name}: DumpTable): Dialect {
  if (release.tables.has(name) || dialect.name !== 'sqlite') return dialect
  return {...dialect, ddl: {...dialect.ddl, quote: (word) => `"${word}"`}}
}

/** The release's table with the columns that the dump has, as wide as the dump needs them. */
function tableOf(dumped: DumpTable, {release, longest}: NewTablesOptions): Table {
  const described = release.tables.get(dumped.name)
  const columns = dumped.columns.map(({name, nullable, type}): Column => {
    const own = described?.columns.find((column) => column.name === name)
    if (own && own.type.kind !== 'varchar' && name === 'id') return own
    const kept = own ? {...own, nullable: nullable || own.nullable} : {name, nullable, type}
    const declared = own?.type ?? type
    if (declared.kind !== 'varchar') return {...kept, type: declared}
    const dumpedLength = type.kind === 'varchar' ? type.length : 0
    const length = Math.max(declared.length, dumpedLength, longest.get(`${dumped.name}.${name}`) ?? 0)
    return {...kept, type: {kind: 'varchar', length}}
  })
  const has = (names: readonly string[]) => names.every((name) => columns.some((column) => column.name === name))
  if (described) {
    return {
      ...described,
      columns,
      foreignKeys: described.foreignKeys.filter(({column}) => has([column])),
      indexes: described.indexes.filter((index) => has(index.columns)),
      uniques: described.uniques.filter((unique) => has(unique.columns)),
    }
  }
  return {
    name: dumped.name,
    columns,
    primaryKey: dumped.primaryKey,
    generatedKey: dumped.generated && dumped.primaryKey.join() === 'id',
    uniques: dumped.indexes.filter(({unique}) => unique).map(({columns: names}) => ({columns: names})),
    foreignKeys: [],
    indexes: dumped.indexes.flatMap(({columns: names, unique}, at) =>
      unique ? [] : [{name: `ix_${dumped.name}_${at}`, columns: names, unique}],
    ),
  }
}
