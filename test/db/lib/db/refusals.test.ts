import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {loadDialect} from '../../../../src/lib/db/dialect.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

describeEachDatabase('opening a database', (open) => {
  /** A new database that was changed by `change`, then opened: what it is, or why not, and what was said. */
  async function opened(
    change: (db: Database) => Promise<unknown>,
    look: (db: Database) => Promise<unknown> = async () => {},
  ): Promise<{failure: Error | undefined; warnings: string[]; schema: Database['schema'] | undefined}> {
    const uri = await open.freshUri()
    const before = await openDatabase(uri)
    await change(before)
    await before.close()
    const warnings: string[] = []
    let schema: Database['schema'] | undefined
    const failure = await failureOf(
      openDatabase(uri, {warn: (message) => warnings.push(message)}).then(async (db) => {
        schema = db.schema
        await look(db).finally(() => db.close())
      }),
    )
    return {failure, warnings, schema}
  }

  const stamp = (revision: string) => (db: Database) => db.k('alembic_version').update({version_num: revision})

  it('refuses a revision that is not known, and names it', async () => {
    const {failure} = await opened(stamp('fedcba987654'))

    expect(failure).to.include({code: 'CONFIG'})
    expect(failure?.message).to.contain('fedcba987654')
  })

  it('refuses releases before 3.8, stamped or not', async () => {
    const stamped = await opened(stamp('ef29ba43e290'))
    const old = await opened(stamp('a7e91b18a460'))
    const unstamped = await opened(async (db) => {
      await db.k.schema.dropTable('alembic_version')
      await db.k.schema.dropTable('tokentokengroup')
      await db.k.schema.dropTable('tokengroup')
    })

    for (const {failure} of [stamped, old, unstamped]) {
      expect(failure).to.include({code: 'CONFIG'})
      expect(failure?.message).to.contain('older than privacyIDEA 3.8')
    }
  })

  it('refuses a stamp without tables, and a database without any', async () => {
    const empty = await failureOf(open.emptyUri().then((uri) => openDatabase(uri, {create: false})))
    const {failure} = await opened(async (db) => {
      for (const table of [
        'tokeninfo',
        'tokenowner',
        'tokenrealm',
        'tokentokengroup',
        'machinetokenoptions',
        'machinetoken',
        'token',
      ])
        await db.k.schema.dropTable(table)
    })

    expect(failure).to.include({code: 'CONFIG'})
    expect(failure?.message).to.contain('006d4747f858').and.contain('no table token')
    expect(empty).to.include({code: 'CONFIG'})
  })

  it('warns of an upgrade that was interrupted', async () => {
    const {failure, warnings, schema} = await opened(stamp('4a0aec37e7cf'))

    expect(failure).to.equal(undefined)
    expect(schema).to.include({product: 'privacyidea', version: '3.9', revision: '4a0aec37e7cf'})
    expect(warnings.join()).to.contain('4a0aec37e7cf').and.contain('interrupted')
  })

  it('reads a database with several revisions, and refuses to write it in any way', async () => {
    const failures: (Error | undefined)[] = []
    const {failure, warnings} = await opened(
      async (db) => {
        await db.k('alembic_version').insert({version_num: '5cb310101a1f'})
        await db.insert('realm', [{name: 'here'}])
      },
      async (db) => {
        expect(await db.k('realm').first()).to.include({name: 'here'})
        failures.push(
          await failureOf(db.insert('realm', [{name: 'x'}])),
          await failureOf(db.transaction(async () => {})),
          await failureOf(Promise.resolve(db.k('realm').update({name: 'x'}))),
        )
        expect(await db.k('realm').first()).to.include({name: 'here'})
      },
    )

    expect(failure).to.equal(undefined)
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.contain('006d4747f858').and.contain('5cb310101a1f')
    expect(failures[0]).to.include({code: 'CONFIG'})
    expect(failures[1]).to.include({code: 'CONFIG'})
    expect(failures[2]).to.include({code: 'UNAVAILABLE', kind: 'readonly'})
  })

  it('leaves out columns that an incomplete upgrade did not make', async () => {
    const uri = await open.freshUri({version: '3.12'})
    const before = await openDatabase(uri)
    await before.k.raw('ALTER TABLE policy DROP COLUMN user_agents')
    await before.close()

    const db = await openDatabase(uri)
    await db.insert('policy', [{name: 'p', scope: 'admin', user_agents: 'x'}])

    expect(db.schema.hasColumn('policy', 'user_agents')).to.equal(false)
    expect(await db.k('policy').first()).to.include({name: 'p', action: ''})
    await db.close()
  })

  it('recognises an audit table that has a database of its own', async () => {
    for (const [release, version] of [
      [{version: '3.8'}, '3.8'],
      [{version: '3.11'}, '3.10.2'],
      [{version: '3.12'}, '3.12'],
      [{version: '3.13.1'}, '3.13.1'],
      [{product: 'edumfa', version: '2.9.1'}, '2.9.1'],
    ] as const) {
      const uri = await open.freshUri(release)
      const whole = await openDatabase(uri)
      const {auditTable} = whole.schema
      const all = [...(await tableNames(whole))]
      // Children first: each round drops what nothing refers to any more.
      for (let left = all.filter((name) => name !== auditTable); left.length > 0;) {
        const still: string[] = []
        for (const name of left) if (await failureOf(Promise.resolve(whole.k.schema.dropTable(name)))) still.push(name)
        left = still
      }
      await whole.close()

      const audit = await openDatabase(uri, {purpose: 'audit'})

      expect(audit.schema).to.include({auditTable, version})
      expect(await audit.insert(auditTable, [{action: 'x', duration: '1970-01-01 00:00:00.000120'}])).to.have.length(1)
      await audit.close()
    }
  })
})

async function tableNames(db: Database): Promise<string[]> {
  const catalogue = await (await loadDialect(db.dialect)).readCatalogue(db.k)
  return [...catalogue.tables.keys()]
}
