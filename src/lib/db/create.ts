import type {Knex} from 'knex'
import {PiError} from '../errors.js'
import type {Dialect} from './dialect.js'
import {headOf} from './revision.js'
import {releaseSchema, type ReleaseSchema} from './schema/releases.js'
import type {Table} from './schema/table.js'

/** The statements that make a release's schema on a dialect, in an order in which each finds what it refers to. */
export function creationStatements(dialect: Dialect, release: ReleaseSchema): string[] {
  const tables = inOrderOfReference([...release.tables.values()])
  const sequences = new Set(tables.flatMap((table) => table.sequence ?? []))
  return [
    ...[...sequences].flatMap((name) => dialect.ddl.createSequence(name, release) ?? []),
    ...tables.flatMap((table) => createTable(dialect, table, release)),
  ]
}

/** The table of the migrations; its one row is the revision. */
export function stampTable(dialect: Dialect): string {
  const {quote, tableOptions} = dialect.ddl
  return `CREATE TABLE ${quote('alembic_version')} (\n\tversion_num VARCHAR(32) NOT NULL, \n\tCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)${tableOptions}`
}

/**
 * Makes every table of a release and stamps it.
 * @throws PiError CONFIG for an unknown release, REFUSED for a database that has tables already
 */
export async function createSchema(
  {knex: k, dialect}: {knex: Knex; dialect: Dialect},
  product: ReleaseSchema['product'],
  version: string,
  {stamp = true} = {},
): Promise<ReleaseSchema> {
  const release = releaseSchema(product, version)
  const catalogue = await dialect.readCatalogue(k)
  const present = [...catalogue.tables.keys()].filter((name) => release.tables.has(name) || name === 'alembic_version')
  if (present.length > 0) {
    throw new PiError(
      'REFUSED',
      `The database is not empty: it has ${present.length} tables, ${present[0]} among them.`,
      {
        hints: ['See pi-manage db status'],
      },
    )
  }
  const revision = headOf(release.product, release.version)
  await k.transaction(async (trx) => {
    for (const statement of creationStatements(dialect, release)) await trx.raw(literal(statement))
    if (!stamp || !revision) return
    await trx.raw(stampTable(dialect))
    await trx('alembic_version').insert({version_num: revision})
  })
  return release
}

/** A statement without bindings; knex must not look for question marks in it. */
export function literal(statement: string): string {
  return statement.replaceAll('?', '\\?')
}

/** The statements that make a table with its indexes. */
export function createTable(dialect: Dialect, table: Table, release: ReleaseSchema): string[] {
  const {ddl} = dialect
  const {quote} = ddl
  const list = (names: readonly string[]) => `(${names.map(quote).join(', ')})`
  const columns = table.columns.map((column) => {
    const isKey = table.generatedKey && column.name === 'id'
    if (isKey) return `${quote(column.name)} ${ddl.keyColumn(table, column, release)}`
    const defaultClause = column.sqlDefault === undefined ? '' : ` DEFAULT '${column.sqlDefault}'`
    return `${quote(column.name)} ${ddl.type(column.type)}${defaultClause}${column.nullable ? '' : ' NOT NULL'}`
  })
  const checks = table.columns.flatMap((column) =>
    column.type.kind === 'boolean' ? (ddl.booleanCheck(column, release) ?? []) : [],
  )
  const uniques = table.uniques.map((found) => `${named(found.name, quote)}UNIQUE ${list(found.columns)}`)
  const references = table.foreignKeys.map(
    (key) =>
      `${named(key.name, quote)}FOREIGN KEY(${quote(key.column)}) REFERENCES ${quote(key.table)} (${quote(key.references)})` +
      (key.cascade ? ' ON DELETE CASCADE' : ''),
  )
  const keys = ddl.indexesInTable
    ? table.indexes.map((index) => `${index.unique ? 'UNIQUE ' : ''}KEY ${quote(index.name)} ${list(index.columns)}`)
    : []
  const primaryKey = table.primaryKey.length > 0 ? [`PRIMARY KEY ${list(table.primaryKey)}`] : []
  const parts = [...columns, ...primaryKey, ...keys, ...uniques, ...references, ...checks]
  return [
    `CREATE TABLE ${quote(table.name)} (\n\t${parts.join(', \n\t')}\n)${ddl.tableOptions}`,
    ...(ddl.indexesInTable ? [] : createIndexes(dialect, table)),
  ]
}

export function createIndexes({ddl: {quote}}: Dialect, table: Table): string[] {
  return table.indexes.map((index) => {
    const kind = index.unique ? 'UNIQUE INDEX' : 'INDEX'
    return `CREATE ${kind} ${quote(index.name)} ON ${quote(table.name)} (${index.columns.map(quote).join(', ')})`
  })
}

function named(name: string | undefined, quote: (name: string) => string): string {
  return name ? `CONSTRAINT ${quote(name)} ` : ''
}

/** Parents before children. */
export function inOrderOfReference(tables: readonly Table[]): Table[] {
  const byName = new Map(tables.map((table) => [table.name, table]))
  const ordered = new Set<Table>()
  const place = (table: Table): void => {
    if (ordered.has(table)) return
    for (const key of table.foreignKeys) {
      const parent = byName.get(key.table)
      if (parent && parent !== table) place(parent)
    }
    ordered.add(table)
  }
  tables.forEach(place)
  return [...ordered]
}
