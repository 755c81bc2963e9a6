import type {Knex} from 'knex'
import type {Catalogue, LiveColumn, LiveIndex, LiveTable} from './catalogue.js'
import {createIndexes, createTable, stampTable} from './create.js'
import type {Dialect} from './dialect.js'
import {headOf} from './revision.js'
import type {ReleaseSchema} from './schema/releases.js'
import type {Column, Index, Table} from './schema/table.js'
import {liveSequence} from './sequences.js'

export type FindingKind =
  | 'missing-table'
  | 'missing-column'
  | 'missing-index'
  | 'short-column'
  | 'missing-sequence'
  | 'lagging-sequence'
  /** A key column that neither a sequence nor the database fills. */
  | 'uncounted-key'
  | 'no-revision'

/** A difference between a live database and the description of its release. */
export interface Finding {
  kind: FindingKind
  table: string
  /** Column, index or sequence, where one is meant. */
  name?: string
  message: string
  /** The statements that would mend it. Nobody runs them for you. */
  sql: string[]
}

interface Checked {
  k: Knex
  dialect: Dialect
  catalogue: Catalogue
  /** Contents of alembic_version. */
  stamped: readonly string[]
}

/** Compares a database with its release. Only reads. */
export async function checkSchema(
  {k, dialect, catalogue, stamped}: Checked,
  release: ReleaseSchema,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const indexes = await dialect.readIndexes(k)
  for (const table of release.tables.values()) {
    const live = catalogue.tables.get(table.name)
    if (!live) {
      findings.push(missingTable(dialect, catalogue, table, release))
      continue
    }
    findings.push(
      ...checkColumns(dialect, table, live),
      ...checkIndexes(
        dialect,
        table,
        live,
        indexes.filter((index) => index.table === table.name),
      ),
      ...(await checkKeySource({k, dialect, catalogue, stamped}, table, live, release)),
    )
  }
  const revision = headOf(release.product, release.version)
  if (stamped.length === 0 && revision) findings.push(noRevision(dialect, catalogue, revision, release))
  return findings
}

function missingTable(dialect: Dialect, {sequences}: Catalogue, table: Table, release: ReleaseSchema): Finding {
  const wanted = table.sequence !== undefined && !sequences.has(table.sequence) ? table.sequence : undefined
  const sequence = wanted && dialect.ddl.createSequence(wanted, release)
  return {
    kind: 'missing-table',
    table: table.name,
    message: `The table ${table.name} is missing.`,
    sql: [...(sequence ? [sequence] : []), ...createTable(dialect, table, release)],
  }
}

function checkColumns(dialect: Dialect, table: Table, live: LiveTable): Finding[] {
  return table.columns.flatMap((column) => {
    const found = live.columns.get(column.name)
    if (!found) return [missingColumn(dialect, table, column)]
    return isTooShort(column, found) && dialect.ddl.alterType ? [shortColumn(dialect, table, column, found)] : []
  })
}

function missingColumn({ddl}: Dialect, table: Table, column: Column): Finding {
  const place = `${ddl.quote(table.name)}.${ddl.quote(column.name)}`
  const filled = typeof column.default === 'symbol' || column.default === undefined ? undefined : column.default
  return {
    kind: 'missing-column',
    table: table.name,
    name: column.name,
    message: `The column ${table.name}.${column.name} is missing.`,
    sql: [
      `ALTER TABLE ${ddl.quote(table.name)} ADD COLUMN ${ddl.quote(column.name)} ${ddl.type(column.type)}`,
      ...(filled === undefined
        ? []
        : [
            `UPDATE ${ddl.quote(table.name)} SET ${ddl.quote(column.name)} = ${literalOf(filled)} WHERE ${place} IS NULL`,
          ]),
    ],
  }
}

function literalOf(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}

function isTooShort({type}: Column, live: LiveColumn): boolean {
  if (type.kind === 'varchar') return live.length !== undefined && live.length < type.length
  if (type.kind === 'text') return live.length !== undefined
  return type.kind === 'bigint' && /^int/i.test(live.type)
}

function shortColumn({ddl}: Dialect, table: Table, column: Column, live: LiveColumn): Finding {
  return {
    kind: 'short-column',
    table: table.name,
    name: column.name,
    message: `The column ${table.name}.${column.name} is ${live.type}; this release writes ${ddl.type(column.type)}.`,
    sql: ddl.alterType ? [ddl.alterType(table, column)] : [],
  }
}

function checkIndexes(dialect: Dialect, table: Table, live: LiveTable, indexes: readonly LiveIndex[]): Finding[] {
  const constraints = table.uniques.map(({name, columns}) => ({
    name: name ?? `uq_${table.name}_${columns.join('_')}`,
    columns,
    unique: true,
  }))
  return [...table.indexes, ...constraints]
    .filter((wanted) => wanted.columns.every((column) => live.columns.has(column)))
    .filter((wanted) => !indexes.some((found) => serves(found, wanted)))
    .map((wanted) => ({
      kind: 'missing-index',
      table: table.name,
      name: wanted.name,
      message:
        `The table ${table.name} has no ${wanted.unique ? 'unique ' : ''}index on ${wanted.columns.join(', ')}` +
        (wanted.unique ? ': nothing keeps its values apart.' : '.'),
      sql: createIndexes(dialect, {...table, indexes: [wanted]}),
    }))
}

/** By what it does, not by its name: migrations and hands have named some of them differently. */
function serves(found: LiveIndex, wanted: Index): boolean {
  if (wanted.unique) {
    return (
      found.unique &&
      found.columns.length === wanted.columns.length &&
      wanted.columns.every((column) => found.columns.includes(column))
    )
  }
  return wanted.columns.every((column, at) => found.columns[at] === column)
}

async function checkKeySource(
  {k, dialect, catalogue}: Checked,
  table: Table,
  live: LiveTable,
  release: ReleaseSchema,
): Promise<Finding[]> {
  if (!table.generatedKey || !live.columns.has('id')) return []
  const {ddl} = dialect
  const sequence = liveSequence(catalogue, {table: table.name, sequence: table.sequence})
  const wanted = table.sequence && ddl.createSequence(table.sequence, release)
  if (!sequence && wanted && table.sequence) {
    const value = await greatestId(k, table)
    return [
      {
        kind: 'missing-sequence',
        table: table.name,
        name: table.sequence,
        message: `The sequence ${table.sequence}, which gives the ids of ${table.name}, is missing.`,
        sql: [wanted, ...(value > 0 ? [ddl.raiseSequence(table.sequence, value)] : [])],
      },
    ]
  }
  if (!sequence) {
    const counted = live.columns.get('id')?.generated
    const id = table.columns.find((column) => column.name === 'id')
    if (counted || !id || !ddl.generateKey) return []
    return [
      {
        kind: 'uncounted-key',
        table: table.name,
        name: 'id',
        message: `Nothing gives new rows of ${table.name} an id.`,
        sql: ddl.generateKey(table, id),
      },
    ]
  }
  const [next, greatest] = [await dialect.sequencePosition(k, sequence), await greatestId(k, table)]
  if (next > greatest) return []
  return [
    {
      kind: 'lagging-sequence',
      table: table.name,
      name: sequence,
      message: `The sequence ${sequence} stands at ${next}, but ${table.name} has ids up to ${greatest}: new rows will collide.`,
      sql: [ddl.raiseSequence(sequence, greatest)],
    },
  ]
}

async function greatestId(k: Knex, {name}: Table): Promise<number> {
  const [row] = (await k(name).max({greatest: 'id'})) as {greatest: number | null}[]
  return Number(row?.greatest ?? 0)
}

function noRevision(dialect: Dialect, {tables}: Catalogue, revision: string, release: ReleaseSchema): Finding {
  const {quote} = dialect.ddl
  return {
    kind: 'no-revision',
    table: 'alembic_version',
    message: `The database is not stamped: the server's migration tool cannot tell that it is ${release.product} ${release.version}.`,
    sql: [
      ...(tables.has('alembic_version') ? [] : [stampTable(dialect)]),
      `INSERT INTO ${quote('alembic_version')} (version_num) VALUES ('${revision}')`,
    ],
  }
}
