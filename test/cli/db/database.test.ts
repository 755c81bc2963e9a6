import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {testedDialects} from '../../support/database.js'
import {fixture, removeFolder, temporaryFolder} from '../../support/folders.js'
import {startMariadb} from '../../support/mariadb.js'
import {freePort} from '../../support/ports.js'
import {startPostgres} from '../../support/postgres.js'
import {runProgram, type ProgramOptions, type ProgramResult} from '../../support/program.js'

describe('pi-manage db', function () {
  this.timeout(120_000)
  let folder: string
  let uri: string

  beforeEach(() => {
    folder = temporaryFolder('cli-db')
    uri = `sqlite:///${folder}/data.sqlite`
    writeFileSync(join(folder, 'pi.cfg'), `SQLALCHEMY_DATABASE_URI = '${uri}'\n`)
  })
  afterEach(() => removeFolder(folder))

  const manage = (command: string, options: ProgramOptions = {}): Promise<ProgramResult> =>
    runProgram('pi-manage', [...command.split(' '), '--config', join(folder, 'pi.cfg')], options)

  for (const dialect of testedDialects()) {
    it(`leads an empty database through its life (${dialect})`, async () => {
      const servers = {postgres: startPostgres, mariadb: startMariadb}
      if (dialect !== 'sqlite') {
        const target = await (await servers[dialect]()).createDatabase()
        writeFileSync(join(folder, 'pi.cfg'), `SQLALCHEMY_DATABASE_URI = '${target}'\n`)
      }

      const empty = await manage('db check')
      const made = await manage('db create-tables')
      const status = await manage('db status --json')
      const check = await manage('db check --json')
      const again = await manage('db create-tables')
      const kept = await manage('db drop-tables --dropit no --yes')
      const dropped = await manage('db drop-tables --dropit yes --yes --json')
      const gone = await manage('db status --json')

      expect([empty, made, status, check, again, kept, dropped, gone].map((run) => run.status)).to.deep.equal([
        2, 0, 0, 0, 1, 2, 0, 0,
      ])
      expect(made.stdout).to.equal('Made the 41 tables of privacyidea 3.8, revision 006d4747f858.\n')
      expect(status.json()).to.deep.include({
        dialect,
        revision: '006d4747f858',
        product: 'privacyidea',
        version: '3.8',
        tables: 41,
        clean: true,
      })
      expect(check.json()).to.deep.equal({product: 'privacyidea', version: '3.8', findings: []})
      expect(again.stderr).to.contain('not empty')
      expect(dropped.json<{dropped: string[]}>().dropped).to.have.length(42)
      expect(gone.json()).to.deep.include({product: null, tables: 0, clean: false})
    })
  }

  for (const [set, version, tables] of [
    ['privacyidea-3.8', '3.8', 41],
    ['privacyidea-3.14dev', '3.14dev1', 57],
  ] as const) {
    it(`calls the recorded database of ${set} clean`, async () => {
      const run = await manage(`db status --json --db-uri sqlite:///${fixture('interop', set, 'data.sqlite')}`)

      expect(run.status).to.equal(0)
      expect(run.json()).to.deep.include({product: 'privacyidea', version, tables, clean: true})
    })
  }

  it('prints findings with the SQL that mends them, and ends with 4', async () => {
    await manage('db create-tables --release 3.12')
    await manage('db stamp d9e0f1a2b3c4 --force')

    const text = await manage('db check --quiet')
    const json = await manage('db check --json')

    expect([text.status, json.status]).to.deep.equal([4, 4])
    expect(text.stdout).to.contain('-- The column eventhandler.abort_on_error is missing.\n')
    expect(text.stdout).to.contain('ALTER TABLE eventhandler ADD COLUMN abort_on_error BOOLEAN;\n')
    expect(text.stderr).to.equal('')
    const {findings, version} = json.json<{version: string; findings: {kind: string; sql: string[]}[]}>()
    expect(version).to.equal('3.14dev1')
    expect(findings.every(({sql}) => sql.length > 0)).to.equal(true)
  })

  it('refuses to upgrade, and says who does it', async () => {
    for (const command of ['db upgrade', 'db downgrade', 'db upgrade -- -1', 'db upgrade head -d /migrations']) {
      const run = await runProgram('pi-manage', command.split(' '))

      expect(run.status, command).to.equal(2)
      expect(run.stderr, command).to.contain("run the server's own migration tool")
    }
  })

  it('needs a confirmation for dropping, and a terminal to ask on', async () => {
    await manage('db create-tables')

    const run = await manage('db drop-tables --dropit yes', {stdin: 'data.sqlite\n'})

    expect(run.status).to.equal(2)
    expect(run.stderr).to.contain('--yes')
    expect((await manage('db status --json')).json()).to.include({tables: 41})
  })

  it('keeps the command lines of the originals', async () => {
    const made = await manage('create_tables -s')
    const again = await manage('create_tables')
    const stamped = await manage(`db stamp head -d ${folder}`)
    const asked = await manage('drop_tables')
    const current = await manage('db current')
    const dropped = await manage('drop_tables --dropit==yes')

    expect([made, again, stamped, asked, current, dropped].map((run) => run.status)).to.deep.equal([0, 0, 0, 0, 0, 0])
    expect(made.stdout).to.equal(`<SQLAlchemy engine=${uri}>\n`)
    expect(again.stdout).to.equal(`<SQLAlchemy engine=${uri}>\n`)
    expect(current.stdout).to.contain('006d4747f858')
    expect(asked.stdout).to.equal('Not dropping anything!\n')
    expect(dropped.stdout).to.equal('Dropping all database tables!\n')
    expect((await manage('db status --json')).json()).to.include({tables: 0})
  })

  it('does not show the password of a URI', async () => {
    const port = await freePort()
    const secret = 'CANARY-db-password'
    for (const scheme of ['postgresql', 'mysql+pymysql']) {
      for (const command of ['db status', 'create_tables', 'db wait --timeout 0']) {
        const run = await manage(`${command} --db-uri ${scheme}://pi:${secret}@127.0.0.1:${port}/pi`)

        expect(run.status, run.stderr).to.equal(6)
        expect(run.stdout + run.stderr).not.to.contain(secret)
      }
    }
  })

  it('waits for a database that comes late, and gives up in time', async () => {
    const port = await freePort()
    const began = Date.now()

    const run = await manage(`db wait --timeout 2 --sleep 1 --db-uri postgresql://pi@127.0.0.1:${port}/pi`)

    expect(run.status).to.equal(6)
    expect(run.stderr).to.contain('did not answer in time')
    expect(Date.now() - began).to.be.within(1000, 20_000)
  })

  it('gives one clear line for what is not there or not understood', async () => {
    for (const [target, status] of [
      ['sqlite:////nosuch/folder/data.sqlite', 2],
      ['sqlite://host/data.sqlite', 2],
      ['oracle+cx_oracle://pi:x@host:1521/?service_name=XE', 2],
      ['nonsense', 2],
      [`sqlite:///${folder}/pi.cfg`, 2],
      [`sqlite:///${folder}`, 2],
    ] as const) {
      const run = await manage(`db status --db-uri ${target}`)

      expect(run.status, target).to.equal(status)
      expect(run.stdout, target).to.equal('')
      expect(run.stderr, target).to.match(/^Error: .+\n( {2}.+\n)*$/)
    }
    expect(existsSync(join(folder, 'data.sqlite'))).to.equal(false)
  })

  it('lists the releases it knows and the steps between them', async () => {
    await manage('db create-tables')

    const heads = await runProgram('pi-manage', ['db', 'heads', '--json'])
    const history = await manage('db history --json')

    expect(heads.json<{heads: object[]}>().heads).to.deep.include({
      product: 'edumfa',
      version: '2.9.1',
      revision: '9cad6f046bd2',
    })
    const current = history
      .json<{history: {current: boolean; revision: string}[]}>()
      .history.filter((step) => step.current)
    expect(current.map((step) => step.revision)).to.deep.equal(['006d4747f858'])
  })
})
