import {connect, openDatabase} from '../../src/lib/db/connect.js'
import {createSchema, inOrderOfReference, literal} from '../../src/lib/db/create.js'
import type {Database, Row} from '../../src/lib/db/database.js'
import type {Dialect} from '../../src/lib/db/dialect.js'
import {releaseSchema, type ReleaseSchema} from '../../src/lib/db/schema/releases.js'

/**
 * Copies a SQLite database of an original into an empty database, with the schema that the original makes there, and
 * moves the sequences beyond the ids. Tables that are not of the schema (`users_…`) come along as they are; a column is
 * widened by hand where SQLite took a value that the other databases would have refused.
 * @param uri of an empty database of any kind
 */
export async function loadSqliteInto(uri: string, sqliteFile: string): Promise<void> {
  const source = await openDatabase(`sqlite:///${sqliteFile}`, {readOnly: true})
  try {
    const {product, version} = source.schema
    const target = await connect(uri, {create: true})
    const release = releaseSchema(product, version)
    try {
      await createSchema(target, product, version)
      for (const statement of await foreignTables(source, target.dialect.ddl.quote)) {
        await target.knex.raw(literal(statement))
      }
      for (const statement of await widenings(source, target.dialect, release)) await target.knex.raw(statement)
    } finally {
      await target.knex.destroy()
    }
    const copy = await openDatabase(uri)
    try {
      const known = inOrderOfReference([...release.tables.values()]).map((table) => table.name)
      const names = [...known, ...(await foreignNames(source))]
      await copy.transaction(async (tx) => {
        for (const name of names) await copyRows(source, tx, name)
        await tx.raiseSequences()
      })
    } finally {
      await copy.close()
    }
  } finally {
    await source.close()
  }
}

async function widenings(source: Database, {ddl}: Dialect, release: ReleaseSchema): Promise<string[]> {
  const statements: string[] = []
  for (const table of release.tables.values()) {
    for (const column of table.columns) {
      if (column.type.kind !== 'varchar' || !ddl.alterType) continue
      const [row] = (await source.k(table.name).select(source.k.raw('max(length(??)) AS longest', [column.name]))) as {
        longest: number | null
      }[]
      const length = row?.longest ?? 0
      if (length > column.type.length) {
        statements.push(ddl.alterType(table, {...column, type: {kind: 'varchar', length}}))
      }
    }
  }
  return statements
}

async function copyRows(source: Database, target: Database, table: string): Promise<void> {
  const rows = (await source.k(table).orderByRaw('rowid')) as Row[]
  await target.insert(table, rows)
}

async function foreignNames(source: Database): Promise<string[]> {
  const rows = (await source.k.raw(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'users\\_%' ESCAPE '\\'",
  )) as {
    name: string
  }[]
  return rows.map((row) => row.name)
}

/** Tables of `resolver create_internal`, whose key counts by itself everywhere (spec/01 §4.8). */
async function foreignTables(source: Database, quote: (name: string) => string): Promise<string[]> {
  const texts = ['username', 'email', 'password', 'phone', 'mobile', 'surname', 'givenname', 'description']
  const wide: Record<string, number> = {email: 80, password: 255, description: 255}
  return (await foreignNames(source)).map((name) => {
    const columns = texts.map((column) => `${column} VARCHAR(${wide[column] ?? 40})`)
    return `CREATE TABLE ${quote(name)} (id INTEGER NOT NULL, ${columns.join(', ')}, PRIMARY KEY (id), UNIQUE (username))`
  })
}
