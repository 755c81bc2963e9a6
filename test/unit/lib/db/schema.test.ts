import {expect} from 'chai'
import {connect} from '../../../../src/lib/db/connect.js'
import {createSchema} from '../../../../src/lib/db/create.js'
import {allReleases, releaseSchema} from '../../../../src/lib/db/schema/releases.js'
import {fixture} from '../../../support/folders.js'

interface Master {
  type: string
  name: string
  sql: string | null
}

/** What a SQLite database says of its own making, without the automatic indexes. */
async function masterOf(uri: string, make?: [string]): Promise<Map<string, string>> {
  const connection = await connect(uri, {create: true, readOnly: make === undefined})
  try {
    if (make) await createSchema(connection, 'privacyidea', ...make)
    const rows = (await connection.knex.raw('SELECT type, name, sql FROM sqlite_master')) as Master[]
    return new Map(rows.flatMap(({type, name, sql}) => (sql === null ? [] : [[`${type} ${name}`, sql]])))
  } finally {
    await connection.knex.destroy()
  }
}

describe('the schema we make on SQLite', () => {
  for (const [release, folder] of [
    ['3.8', 'privacyidea-3.8'],
    ['3.14dev2', 'privacyidea-3.14dev'],
  ] as const) {
    it(`is to the letter that of privacyIDEA ${release}`, async () => {
      const original = await masterOf(`sqlite:///${fixture('interop', folder, 'data.sqlite')}`)
      // Of `resolver create_internal`, not of the schema.
      original.delete('table users_internal1')

      const ours = await masterOf('sqlite://', [release])

      expect(Object.fromEntries(ours)).to.deep.equal(Object.fromEntries(original))
    })
  }
})

describe('schemas of releases', () => {
  it('hold 41 tables in 3.8, and more in each later release', () => {
    const counts = allReleases.filter(({product}) => product === 'privacyidea').map(({tables}) => tables.size)

    expect(counts[0]).to.equal(41)
    expect(counts).to.deep.equal([...counts].sort((left, right) => left - right))
  })

  it('serve releases that changed nothing', () => {
    const versionFor = (product: 'privacyidea' | 'edumfa', version: string) => releaseSchema(product, version).version

    expect(versionFor('privacyidea', '3.8.1')).to.equal('3.8')
    expect(versionFor('privacyidea', '3.10.1')).to.equal('3.10')
    expect(versionFor('privacyidea', '3.13.3')).to.equal('3.13.1')
    expect(versionFor('privacyidea', '3.14dev0')).to.equal('3.14dev0')
    expect(versionFor('privacyidea', '3.14.dev2')).to.equal('3.14dev1')
    expect(versionFor('edumfa', '2.4.0')).to.equal('2.2')
  })

  it('are refused for what is older or no version at all', () => {
    for (const version of ['3.7', '2.23', 'latest', '', '3.8; drop'])
      expect(() => releaseSchema('privacyidea', version)).to.throw('no known schema')
  })

  it('refer only to tables and columns that they have', () => {
    for (const {product, version, tables} of allReleases) {
      for (const table of tables.values()) {
        const columns = new Set(table.columns.map(({name}) => name))
        const used = [
          ...table.primaryKey,
          ...table.uniques.flatMap((unique) => unique.columns),
          ...table.indexes.flatMap((index) => index.columns),
          ...table.foreignKeys.map((key) => key.column),
        ]
        for (const name of used) expect(columns.has(name), `${product} ${version} ${table.name}.${name}`).to.equal(true)
        for (const key of table.foreignKeys) {
          const parent = tables.get(key.table)
          expect(
            parent?.columns.some(({name}) => name === key.references),
            `${table.name} → ${key.table}`,
          ).to.equal(true)
        }
      }
    }
  })
})
