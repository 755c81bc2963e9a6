import {expect} from 'chai'
import type {FindingKind} from '../../../../src/lib/db/check.js'
import {connect, openDatabase} from '../../../../src/lib/db/connect.js'
import {literal} from '../../../../src/lib/db/create.js'
import type {Settings} from '../../../../src/lib/config/settings.js'
import {DatabaseService} from '../../../../src/lib/services/database.js'
import {describeEachDatabase, type Release} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

function serviceFor(uri: string, product: 'privacyidea' | 'edumfa' = 'privacyidea'): DatabaseService {
  const settings = {product, get: () => undefined} as unknown as Settings
  return new DatabaseService({uri, settings, warn: () => {}})
}

describeEachDatabase('checking a schema', (open) => {
  /** Damages a database, looks at the findings, runs their SQL, and looks again. */
  async function mended(
    damage: string[],
    release: Release = {version: '3.12'},
  ): Promise<{found: string[]; left: string[]; kinds: FindingKind[]}> {
    const uri = await open.freshUri(release)
    const {knex, dialect} = await connect(uri)
    for (const statement of damage)
      await knex.raw(literal(statement.replaceAll('"', dialect.name === 'mariadb' ? '`' : '"')))
    const service = serviceFor(uri)
    const {findings} = await service.check()
    expect((await service.status()).clean).to.equal(findings.length === 0)
    for (const {sql} of findings) for (const statement of sql) await knex.raw(literal(statement))
    await knex.destroy()
    const again = await service.check()
    return {
      found: findings.map((finding) => [finding.kind, finding.table, finding.name].filter(Boolean).join(' ')),
      kinds: findings.map((finding) => finding.kind),
      left: again.findings.map((finding) => finding.message),
    }
  }

  it('finds nothing in a sound one', async () => {
    expect(await mended([])).to.deep.equal({found: [], kinds: [], left: []})
  })

  it('finds a missing table', async () => {
    expect(await mended(['DROP TABLE serviceid'])).to.deep.include({found: ['missing-table serviceid'], left: []})
  })

  it('finds a missing column, and fills it as new rows are filled', async () => {
    const uri = await open.freshUri({version: '3.12'})
    const {knex} = await connect(uri)
    await knex('policy').insert({id: 1, name: 'p', scope: 'admin', priority: 1})
    await knex.raw('ALTER TABLE policy DROP COLUMN user_agents')

    const {findings} = await serviceFor(uri).check()
    for (const {sql} of findings) for (const statement of sql) await knex.raw(literal(statement))

    expect(findings.map(({kind, name}) => [kind, name])).to.deep.include(['missing-column', 'user_agents'])
    expect(await knex('policy').first()).to.include({name: 'p', user_agents: ''})
    await knex.destroy()
    expect((await serviceFor(uri).check()).findings.filter(({kind}) => kind === 'missing-column')).to.deep.equal([])
  })

  it('finds a missing index by its columns, whatever the name of another one', async () => {
    const drop = (name: string, table: string) => `DROP INDEX ${name}${mariadb ? ` ON ${table}` : ''}`
    const mariadb = (await open({version: '3.12'})).dialect === 'mariadb'
    const result = await mended([
      drop('ix_token_serial', 'token'),
      drop('ix_token_tokentype', 'token'),
      'CREATE INDEX other_name ON token (tokentype)',
    ])

    expect(result).to.deep.include({found: ['missing-index token ix_token_serial'], left: []})
  })

  it('finds a database that was never stamped', async () => {
    expect(await mended(['DROP TABLE alembic_version'])).to.deep.include({
      found: ['no-revision alembic_version'],
      left: [],
    })
  })

  it('finds columns too short for what the release writes', async () => {
    const {dialect} = await open()
    if (dialect === 'sqlite') {
      // SQLite heeds no lengths: a short column there takes everything.
      expect((await mended([])).found).to.deep.equal([])
      return
    }
    const [shorten, narrow] =
      dialect === 'postgres'
        ? [
            'ALTER TABLE pidea_audit ALTER COLUMN action TYPE VARCHAR(50)',
            'ALTER TABLE policy ALTER COLUMN action TYPE VARCHAR(2000)',
          ]
        : ['ALTER TABLE pidea_audit MODIFY action VARCHAR(50)', 'ALTER TABLE policy MODIFY action VARCHAR(2000)']

    expect(await mended([shorten, narrow])).to.deep.include({
      found: ['short-column policy action', 'short-column pidea_audit action'],
      left: [],
    })
  })

  it('finds sequences that are gone or behind the ids in use', async () => {
    const {dialect} = await open()
    if (dialect === 'sqlite') return expect((await mended([])).found).to.deep.equal([])
    const result = await mended([
      'DROP SEQUENCE realm_seq',
      `INSERT INTO resolver (id, name, rtype) VALUES (4711, 'r', 'x')`,
      `INSERT INTO realm (id, name) VALUES (12, 'r')`,
    ])

    expect(result).to.deep.include({
      found: ['missing-sequence realm realm_seq', 'lagging-sequence resolver resolver_seq'],
      left: [],
    })
  })

  it('finds key columns that nothing counts, as upgrades to 3.13 leave them', async () => {
    const {dialect} = await open()
    const uncount = {
      sqlite: [],
      postgres: ['ALTER TABLE tokengroup ALTER COLUMN id DROP DEFAULT', 'DROP SEQUENCE tokengroup_id_seq'],
      mariadb: ['SET foreign_key_checks = 0', 'ALTER TABLE tokengroup MODIFY id INT NOT NULL'],
    }[dialect]
    const uri = await open.freshUri({version: '3.13.1'})
    const {knex} = await connect(uri)
    await knex.transaction(async (trx) => {
      for (const statement of uncount) await trx.raw(statement)
    })

    const {findings} = await serviceFor(uri).check()
    const db = await openDatabase(uri)
    const groups = Array.from({length: 6}, (_, at) => db.insert('tokengroup', [{name: `g${at}`}]))
    const ids = (await Promise.all(groups)).flat()

    expect(findings.map(({kind, table}) => `${kind} ${table}`)).to.deep.equal(
      dialect === 'sqlite' ? [] : ['uncounted-key tokengroup'],
    )
    expect(
      [...ids].sort((left, right) => left - right),
      'rows get an id all the same',
    ).to.deep.equal([1, 2, 3, 4, 5, 6])
    await db.close()
    await knex.destroy()
  })

  it('changes nothing', async () => {
    const uri = await open.freshUri()
    const {knex, dialect} = await connect(uri)
    await knex.raw('DROP TABLE subscription')
    const before = await dialect.readCatalogue(knex)

    await serviceFor(uri).check()
    await serviceFor(uri).status()

    expect(await dialect.readCatalogue(knex)).to.deep.equal(before)
    await knex.destroy()
  })
})

describeEachDatabase('making, stamping and dropping a schema', (open) => {
  it('makes the tables of 3.8, or of the newest eduMFA, and refuses to do it again', async () => {
    for (const [product, version, tables] of [
      ['privacyidea', '3.8', 41],
      ['edumfa', '2.9.1', 43],
    ] as const) {
      const service = serviceFor(await open.emptyUri(), product)

      const made = await service.createTables()
      const again = await failureOf(service.createTables())

      expect(made).to.include({product, version, tables})
      expect(again).to.include({code: 'REFUSED'})
      expect(await service.status()).to.include({product, version, tables, clean: true, revision: made.revision})
    }
  })

  it('leaves out the stamp if asked to, and stamps later by the tables', async () => {
    const service = serviceFor(await open.emptyUri())
    await service.createTables({stamp: false, release: '3.11'})

    expect(await service.status()).to.include({version: '3.11', revision: null, clean: false})
    expect(await service.stamp('head')).to.deep.equal({
      product: 'privacyidea',
      version: '3.11',
      revision: '903a6ed6f6c4',
    })
    expect(await service.status()).to.include({version: '3.11', revision: '903a6ed6f6c4', clean: true})
    expect((await service.history()).filter((step) => step.current).map((step) => step.revision)).to.deep.equal([
      '903a6ed6f6c4',
    ])
  })

  it('refuses a stamp that the tables contradict, unless forced', async () => {
    const service = serviceFor(await open.freshUri({version: '3.8'}))

    expect(await failureOf(service.stamp('3.12'))).to.include({code: 'REFUSED'})
    expect(await failureOf(service.stamp('nosuch'))).to.include({code: 'CONFIG'})
    expect((await service.status()).revision).to.equal('006d4747f858')
    expect(await service.stamp('1c48d4ffb8c3', {force: true})).to.include({version: '3.12'})
    expect(await service.status()).to.include({version: '3.12', clean: false})
  })

  it('drops the tables and sequences of the product and nothing else', async () => {
    const uri = await open.freshUri({version: '3.14dev1'})
    const {knex, dialect} = await connect(uri)
    await knex.raw('CREATE TABLE users_mine (id INTEGER NOT NULL, PRIMARY KEY (id))')

    const dropped = await serviceFor(uri).dropTables()

    const left = await dialect.readCatalogue(knex)
    expect(dropped).to.include.members(['token', 'alembic_version', 'remembered_devices'])
    expect([...left.tables.keys()]).to.deep.equal(['users_mine'])
    expect([...left.sequences]).to.deep.equal([])
    await knex.destroy()
    expect(await serviceFor(uri).createTables()).to.include({tables: 41})
  })

  it('waits for a database, and no longer than it was told', async () => {
    const service = serviceFor(await open.emptyUri())

    expect(await service.wait({timeoutMs: 1000, pauseMs: 100})).to.deep.equal({attempts: 1})
  })
})
