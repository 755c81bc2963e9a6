import {createHash, randomBytes} from 'node:crypto'
import {copyFileSync, readFileSync, truncateSync, writeFileSync} from 'node:fs'
import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {freePort} from '../support/ports.js'
import {programEnv, programFile} from '../support/program.js'
import {SqliteFile} from '../support/sqlite-file.js'

/** Commands that read and that write. */
const commands = {
  list: ['token', 'list'],
  disable: ['token', 'disable', 'OATHSHA16'],
  import: ['import', 'tokens', 'imports/oath_v1.csv'],
  check: ['validate', 'check', '--serial', 'OATHSHA16', '--password-file', 'passwd'],
}

describe('an installation that is damaged', () => {
  let instance: Instance
  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

  /** Every command gives one line of error, the status, and leaves the database as it was. */
  async function failsPlainly(
    options: readonly string[],
    status: number,
    message: RegExp,
    names = Object.keys(commands),
  ): Promise<void> {
    const before = digest(instance.database)
    for (const name of names) {
      const result = await instance.manage([...commands[name as keyof typeof commands], ...options])
      expect(result.status, `${name}: ${result.stdout}${result.stderr}`).to.equal(status)
      const errors = result.stderr.split('\n').filter((line) => line.startsWith('Error: '))
      expect(errors, `${name}: ${result.stderr}`).to.have.length(1)
      expect(errors[0], name).to.match(message)
      expect(result.stderr, name).not.to.match(/^\s+at .*:\d+:\d+\)?$|SELECT |select .* from /m)
    }
    expect(digest(instance.database)).to.equal(before)
  }

  async function otherDatabase(name: string, sql: readonly string[] = []): Promise<string> {
    const path = instance.path(name)
    copyFileSync(instance.database, path)
    if (sql.length > 0) {
      const db = await SqliteFile.open(path)
      await db.runAll(sql)
      await db.close()
    }
    return `sqlite:///${path}`
  }

  it('by a database file that is cut off: 2', async () => {
    const uri = await otherDatabase('cut.sqlite')
    truncateSync(instance.path('cut.sqlite'), 50)

    await failsPlainly(['--db-uri', uri], 2, /damaged|not a database/)
  })

  it('by a database file that is something else: 2', async () => {
    writeFileSync(instance.path('other.sqlite'), randomBytes(5000))

    await failsPlainly(['--db-uri', `sqlite:///${instance.path('other.sqlite')}`], 2, /damaged|not a database/)
  })

  it('by a database file that is gone: 2, and none is made', async () => {
    await failsPlainly(
      ['--db-uri', `sqlite:///${instance.path('gone.sqlite')}`],
      2,
      /There is no database file .*gone\.sqlite/,
    )
  })

  it('by a missing table: 2, naming it', async () => {
    const uri = await otherDatabase('table.sqlite', ['DROP TABLE tokeninfo'])

    await failsPlainly(['--db-uri', uri], 2, /tokeninfo/, ['list', 'import'])
  })

  it('by the schema of a release that nobody knows: 2, naming the revision', async () => {
    const uri = await otherDatabase('unknown.sqlite', ["UPDATE alembic_version SET version_num = 'ffffffffffff'"])

    await failsPlainly(['--db-uri', uri], 2, /ffffffffffff/)
  })

  for (const scheme of ['postgresql+psycopg2', 'mysql+pymysql']) {
    it(`by a server that does not answer (${scheme}): 6`, async () => {
      await failsPlainly(
        ['--db-uri', `${scheme}://pi:canary-db-password-Gw7@127.0.0.1:${await freePort()}/pi`],
        6,
        /database/,
      )
    })
  }

  it('by a configuration that is no Python, or not there: 2, with the line', async () => {
    writeFileSync(instance.path('bad.cfg'), "A = 1\nB = ['x',\n")

    for (const [file, message] of [
      ['bad.cfg', /bad\.cfg, line \d+/],
      ['gone.cfg', /gone\.cfg cannot be read/],
    ] as const) {
      const result = await instance.run('pi-manage', ['token', 'list', '--config', instance.path(file)])
      expect([result.status, result.stdout], result.stderr).to.deep.equal([2, ''])
      expect(result.stderr).to.match(message)
    }
  })

  it('by another key: 3; by a key file that is gone: 2', async () => {
    writeFileSync(instance.path('other.key'), randomBytes(96))

    const shown = await instance.manage(['token', 'list', '--show-secrets', '--enckey', 'other.key'])
    const verified = await instance.manage(['enckey', 'verify', '--enckey', 'other.key', '--json'])
    const gone = await instance.manage(['enckey', 'verify', '--enckey', 'gone.key'])

    expect([shown.status, verified.status, gone.status]).to.deep.equal([3, 3, 2])
    expect(shown.stderr).to.match(/^Error: OATHSHA16: .*cannot be decrypted/)
    expect(verified.json<{failed: unknown[]}>().failed).to.have.length.greaterThan(50)
  })

  it('by a disk without room: 6, and the database is whole', () => {
    const rows = Array.from({length: 20_000}, (_, at) => `FULL${at}, ${at.toString(16).padStart(40, '0')}, hotp, 6`)
    writeFileSync(instance.path('many.csv'), rows.join('\n'))
    const before = digest(instance.database)
    // Files may grow to 560 KiB only; the database has 536, which the first batch already passes.
    const limited = ['-c', 'ulimit -f 560; exec "$@"', 'limited', process.execPath, programFile('pi-manage')]
    const args = ['import', 'tokens', 'many.csv', '--config', instance.config]

    const {status, stderr} = spawnSync('bash', [...limited, ...args], {
      cwd: instance.folder,
      encoding: 'utf8',
      env: programEnv({}),
    })

    expect(status, stderr).to.equal(6)
    expect(stderr.split('\n').filter((line) => line.startsWith('Error: '))).to.have.length(1)
    expect(digest(instance.database)).to.equal(before)
  })
})
