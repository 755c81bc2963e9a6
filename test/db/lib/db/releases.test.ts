import {expect} from 'chai'
import {checkSchema} from '../../../../src/lib/db/check.js'
import {connect, openDatabase} from '../../../../src/lib/db/connect.js'
import {inOrderOfReference} from '../../../../src/lib/db/create.js'
import type {Database, Row} from '../../../../src/lib/db/database.js'
import {readRevisions} from '../../../../src/lib/db/recognise.js'
import {headOf} from '../../../../src/lib/db/revision.js'
import {allReleases, releaseSchema, type ReleaseSchema} from '../../../../src/lib/db/schema/releases.js'
import type {Column, Table} from '../../../../src/lib/db/schema/table.js'
import {describeEachDatabase} from '../../../support/database.js'

/** Releases that tables and columns do not tell from a neighbour. */
const takenForNeighbour: Readonly<Record<string, string>> = {
  'privacyidea 3.10': '3.10.2',
  'privacyidea 3.13': '3.13.1',
  // Every whole number of SQLite is as wide as any other.
  'sqlite edumfa 2.5': '2.2',
}

describeEachDatabase('schemas of releases', (open) => {
  for (const release of allReleases) {
    const {product, version} = release

    describe(`${product} ${version}`, () => {
      let uri: string
      let db: Database

      before(async function () {
        this.timeout(60_000)
        uri = await open.freshUri(release)
        db = await openDatabase(uri)
      })
      after(() => db.close())

      it('is recognised by its revision', () => {
        expect(db.schema).to.include({product, version, revision: headOf(product, version)})
        expect(db.schema.hasTable(db.schema.auditTable)).to.equal(true)
        expect(db.schema.hasColumn(db.schema.auditTable, db.schema.auditServerColumn)).to.equal(true)
        expect(db.schema.hasTable(db.schema.remoteServerTable)).to.equal(true)
        expect(db.schema.hasColumn('policy', db.schema.policyNodeColumn)).to.equal(true)
        expect(db.schema.columnLength('token', 'key_enc')).to.equal(2800)
        expect(db.schema.columnLength('tokeninfo', 'Value')).to.equal(undefined)
      })

      it('is what its description says', async () => {
        expect(await findingsOf(uri, release)).to.deep.equal([])
      })

      it('takes rows in every table, with the defaults of the original', async () => {
        const ids = await insertTwoRows(db, release)

        for (const table of release.tables.values()) await expectDefaults(db, table, ids)
        expect(await findingsOf(uri, release), 'sequences are ahead of the ids').to.deep.equal([])
      })

      it('is recognised by its tables and columns when it was never stamped', async () => {
        await db.k.schema.dropTable('alembic_version')

        const unstamped = await openDatabase(uri)
        const neighbour =
          takenForNeighbour[`${db.dialect} ${product} ${version}`] ?? takenForNeighbour[`${product} ${version}`]

        expect(unstamped.schema).to.include({
          product,
          version: neighbour ?? version,
          revision: undefined,
        })
        await unstamped.close()
      })
    })
  }

  it('serve rows of a later column, and leave it out where it does not exist', async () => {
    const old = await open({version: '3.8'})
    const later = await open({version: '3.12'})
    const row = {name: 'p', scope: 'admin', user_agents: 'a, b', user_case_insensitive: true}

    await old.insert('policy', [row])
    await later.insert('policy', [row])

    expect(await old.k('policy').first()).not.to.have.property('user_agents')
    expect(await later.k('policy').first()).to.include({user_agents: 'a, b'})
  })

  it('refuse a misspelt column as a defect', async () => {
    const db = await open()

    let failure: unknown
    await db.insert('policy', [{nmae: 'p', scope: 'admin'}]).catch((error: unknown) => (failure = error))

    expect(String(failure)).to.contain('no column policy.nmae')
  })
})

async function findingsOf(uri: string, {product, version}: ReleaseSchema): Promise<string[]> {
  const {knex: k, dialect} = await connect(uri)
  try {
    const catalogue = await dialect.readCatalogue(k)
    const stamped = await readRevisions(k, catalogue)
    const findings = await checkSchema({k, dialect, catalogue, stamped}, releaseSchema(product, version))
    return findings.map((finding) => finding.message)
  } finally {
    await k.destroy()
  }
}

/** Rows that hold only what has no default; their ids, a table each. */
async function insertTwoRows(db: Database, release: ReleaseSchema): Promise<Map<string, number[]>> {
  const ids = new Map<string, number[]>()
  for (const table of inOrderOfReference([...release.tables.values()])) {
    const rows = [0, 1].map((place) => neededValues(table, ids, place))
    ids.set(table.name, await db.insert(table.name, rows))
    // Each again by itself, since the second statement meets the counter that the first one moved.
    const [another] = [2].map((place) => neededValues(table, ids, place))
    ids.get(table.name)?.push(...(await db.insert(table.name, [another as Row])))
    if (table.generatedKey) {
      const given = ids.get(table.name) ?? []
      expect(new Set(given).size, table.name).to.equal(3)
      expect(
        given.every((id) => Number.isSafeInteger(id) && id > 0),
        table.name,
      ).to.equal(true)
    } else {
      expect(ids.get(table.name), table.name).to.deep.equal([])
    }
  }
  return ids
}

function neededValues(table: Table, ids: ReadonlyMap<string, number[]>, place: number): Row {
  const row: Row = {}
  const unique = new Set([...table.primaryKey, ...table.uniques.flatMap(({columns}) => columns)])
  for (const index of table.indexes) if (index.unique) index.columns.forEach((column) => unique.add(column))
  for (const column of table.columns) {
    if (table.generatedKey && column.name === 'id') continue
    const key = table.foreignKeys.find((found) => found.column === column.name)
    const needed = (!column.nullable && column.default === undefined) || unique.has(column.name)
    if (key) row[column.name] = ids.get(key.table)?.[place] ?? `client${place}`
    else if (needed) row[column.name] = sample(column, place)
  }
  if (table.name === 'clients') row['id'] = `client${place}`
  return row
}

function sample({name, type}: Column, place: number): unknown {
  if (type.kind === 'varchar') return `${name}${place}`.slice(0, type.length)
  if (type.kind === 'datetime') return `2024-02-29 12:34:56.00000${place}`
  if (type.kind === 'boolean') return place === 1
  return place
}

async function expectDefaults(db: Database, table: Table, ids: ReadonlyMap<string, number[]>): Promise<void> {
  const rows = (await db.k(table.name).orderBy(table.primaryKey[0] ?? 'id')) as Row[]
  expect(rows, table.name).to.have.length(3)
  for (const [place, row] of rows.entries()) {
    const given = neededValues(table, ids, place)
    expect(Object.keys(row).sort(), table.name).to.deep.equal(table.columns.map(({name}) => name).sort())
    for (const column of table.columns) {
      const value = row[column.name]
      const where = `${table.name}.${column.name}`
      if (column.name === 'id' && table.generatedKey) continue
      const wanted = given[column.name] ?? column.default ?? null
      if (typeof wanted === 'symbol') expect(String(value), where).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
      else if (column.type.kind === 'boolean' && wanted !== null) expect(db.bool(value), where).to.equal(wanted)
      else expect(value, where).to.equal(wanted)
    }
  }
}
