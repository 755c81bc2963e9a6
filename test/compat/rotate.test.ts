import {Config} from '@oclif/core'
import {expect} from 'chai'
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {rewriteArgv} from '../../src/cli/compat/argv.js'
import AuditRotate from '../../src/commands/audit/rotate.js'
import {Clock} from '../support/clock.js'
import {fixture, projectRoot, temporaryFolder} from '../support/folders.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {runInProcess} from '../support/in-process.js'

interface Case {
  argv: string[]
  yaml?: string
  setup?: string[]
  config?: Record<string, string>
  exit: number
  stdout: string
  stderr: string
  ids_before: number[]
  ids_after: number[]
}

const recorded = JSON.parse(readFileSync(fixture('interop/rotate/cases.json'), 'utf8')) as {
  tz: string
  clock: number
  cases: Case[]
}

/**
 * Rules that the original fails at in the middle, by the text of its rule file. Ours read numbers and dates as text, and
 * refuse a file that is wrong before anything is printed about rows (spec/03-cli.md §D.2); each has a test below.
 */
const corrected: Record<string, 'refused' | 'works'> = {
  '- rotate: 5\n  colour: red\n': 'refused',
  "- rotate: 5\n  action: '('\n": 'refused',
  '- action: .*\n': 'refused',
  '- rotate: 5\n  success: 1\n': 'works',
  "- rotate: 5\n  success: '0'\n": 'works',
  "- rotate: 0\n  date: '2025'\n": 'works',
}

describe('pi-manage rotate_audit against the recorded calls', () => {
  const pristine = join(temporaryFolder('rotate-pristine'), 'data.sqlite')
  let instance: Instance
  let configuration: string
  let config: Config

  before(async () => {
    instance = await fixtureInstance('rotate')
    copyFileSync(instance.database, pristine)
    configuration = readFileSync(instance.config, 'utf8')
    config = await Config.load(projectRoot)
  })
  after(() => instance.remove())

  async function prepare({yaml, setup = [], config: changed = {}}: Partial<Case>): Promise<void> {
    copyFileSync(pristine, instance.database)
    const added = Object.entries(changed).map(([key, value]) => `${key} = '${value}'\n`)
    instance.configure(() => configuration + added.join(''))
    if (setup.length > 0) await instance.sql(setup)
    if (yaml !== undefined) writeFileSync(instance.path('rotate.yaml'), yaml)
  }

  /** Without the row by which our command tells of itself. */
  const ids = async () =>
    (
      await instance.query<{id: number}>(
        "SELECT id FROM pidea_audit WHERE coalesce(action, '') NOT LIKE 'CLI %' ORDER BY id",
      )
    ).map(({id}) => id)

  function run(argv: readonly string[], env: Record<string, string> = {}) {
    const line = rewriteArgv('pi-manage', argv, projectRoot)
    const args = line.args.slice(2).map((word) => (word.endsWith('.yaml') ? instance.path(word) : word))
    return runInProcess(() => AuditRotate.run(args, config), {
      env: {
        PRIVACYIDEA_CONFIGFILE: instance.config,
        TZ: recorded.tz,
        ...(line.shim && {PI_MANAGE_SHIM: '1'}),
        ...env,
      },
      now: recorded.clock * 1000,
    })
  }

  for (const [number, recordedCase] of recorded.cases.entries()) {
    const {argv, yaml} = recordedCase
    if (yaml !== undefined && corrected[yaml]) continue
    it(`case ${number + 1}: ${argv.join(' ')} ${yaml?.replaceAll('\n', ' ') ?? ''}`, async () => {
      await prepare(recordedCase)
      expect(await ids()).to.deep.equal(recordedCase.ids_before)

      const result = await run(argv)

      expect(result.stdout, result.stderr).to.equal(recordedCase.stdout)
      expect(result.status).to.equal(recordedCase.exit)
      expect(await ids()).to.deep.equal(recordedCase.ids_after)
      if (recordedCase.exit === 0) expect(result.stderr).to.equal('')
      else expect(result.stderr).to.match(/^Error: /)
    })
  }

  it('holds every recorded case, or its correction', () => {
    const left = recorded.cases.filter(({yaml}) => yaml !== undefined && corrected[yaml])

    expect([recorded.cases.length, left.length]).to.deep.equal([recorded.cases.length, Object.keys(corrected).length])
    expect(recorded.cases.length).to.be.greaterThan(35)
  })

  describe('corrections', () => {
    for (const yaml of Object.keys(corrected).filter((text) => corrected[text] === 'refused')) {
      it(`a rule file with a mistake is refused as a whole: ${yaml.replaceAll('\n', ' ')}`, async () => {
        await prepare({yaml})
        const before = await ids()

        const [old, ours] = [
          await run(['rotate_audit', '--config', 'rotate.yaml']),
          await run(['audit', 'rotate', '--config', 'rotate.yaml']),
        ]

        expect([old.status, ours.status]).to.deep.equal([1, 2])
        expect(ours.stderr).to.match(/^Error: /)
        if (yaml.includes('colour')) expect(ours.stderr).to.include("'colour'").and.include('action_detail, info')
        expect(await ids()).to.deep.equal(before)
      })
    }

    it('a number in a rule is a text, and the column success is one', async () => {
      await prepare({})
      const expected = await instance.query<{id: number}>(
        `SELECT id FROM pidea_audit WHERE NOT coalesce(success = 1 AND date < '2025-03-25 04:00:00.000000', 0) ORDER BY id`,
      )
      for (const pattern of ['1', "'1'"]) {
        await prepare({yaml: `- rotate: 5\n  success: ${pattern}\n`})

        const {status} = await run(['rotate_audit', '--config', 'rotate.yaml'])

        expect(status).to.equal(0)
        expect(await ids()).to.deep.equal(expected.map(({id}) => id))
      }
    })

    it('a date in a rule is compared in its ISO form', async () => {
      await prepare({yaml: "- rotate: 0\n  date: '^2025-03-30 03:00:00$'\n"})
      const before = await ids()

      await run(['audit', 'rotate', '--config', 'rotate.yaml'])

      expect(before.filter((id) => id !== 11)).to.deep.equal(await ids())
    })

    it('the low watermark is the number of rows that stay', async () => {
      for (const low of [1, 3, 10]) {
        await prepare({})
        const newest = (await ids()).slice(-low)

        const {status} = await run(['audit', 'rotate', '-hw', '20', '-lw', String(low)])

        expect(status).to.equal(0)
        expect(await ids()).to.deep.equal(newest)
      }
    })

    it('--strict-compat cuts as the original does', async () => {
      await prepare({})

      await run(['audit', 'rotate', '--hw', '10', '--lw', '3', '--strict-compat'])

      expect(await ids()).to.deep.equal([86, 87, 88, 89])
    })

    for (const args of [
      ['--highwatermark', '20', '--lowwatermark', '25'],
      ['--lowwatermark', '0'],
      ['--age', '-1'],
      ['--age', '0'],
      ['--age', '10d'],
      ['--chunk-size', '0'],
    ]) {
      it(`audit rotate ${args.join(' ')} is refused`, async () => {
        await prepare({})

        const {status, stderr} = await run(['audit', 'rotate', ...args])

        expect(status, stderr).to.equal(2)
        expect(await ids()).to.have.length(61)
      })
    }

    it('a dry run says that nothing was deleted', async () => {
      await prepare({})

      const {stdout} = await run(['audit', 'rotate', '-hw', '10', '-lw', '5', '--dry-run'])

      expect(stdout).to.include('Would delete 56 entries.').and.not.include('entries deleted')
      expect(await ids()).to.have.length(61)
    })

    it('a rule without a pattern is refused, since it never matches', async () => {
      await prepare({yaml: '- rotate: 1\n'})

      const {status, stderr} = await run(['audit', 'rotate', '--rules', 'rotate.yaml'])

      expect(status).to.equal(2)
      expect(stderr).to.include('Rule 1 has no pattern')
    })

    it('a dry run counts in the audit database', async () => {
      await prepare({})
      const other = instance.path('audit.sqlite')
      copyFileSync(instance.database, other)
      await instance.sql(['DELETE FROM pidea_audit'])
      instance.configure((text) => `${text}PI_AUDIT_SQL_URI = 'sqlite:///${other}'\n`)

      const {stdout} = await run(['audit', 'rotate', '--age', '30', '--dry-run'])

      expect(stdout).to.include('Would delete 20 entries.')
    })

    it('a container with an SQL module inside is rotated', async () => {
      await prepare({
        config: {PI_AUDIT_MODULE: 'privacyidea.lib.auditmodules.containeraudit'},
      })
      instance.configure(
        (text) =>
          `${text}PI_AUDIT_CONTAINER_WRITE = ['privacyidea.lib.auditmodules.loggeraudit', 'privacyidea.lib.auditmodules.sqlaudit']\n`,
      )

      expect((await run(['rotate_audit', '--age', '30'])).status).to.equal(0)
    })
  })

  it('needs a configuration with nothing but PI_AUDIT_SQL_URI', async () => {
    await prepare({})
    const audit = instance.path('audit.cfg')
    writeFileSync(audit, `PI_AUDIT_SQL_URI = 'sqlite:///${instance.database}'\n`)

    const result = await instance.run('pi-manage', ['rotate_audit', '-hw', '10', '-lw', '5'], {
      clock: new Clock(recorded.clock, {timeZone: recorded.tz}),
      env: {PRIVACYIDEA_CONFIGFILE: audit, EDUMFA_CONFIGFILE: audit},
    })

    expect(result.stderr).to.equal('')
    expect(result.stdout).to.match(/^Cleaning up with high: 10, low: 5\.\n[^]*\n55 entries deleted\.\n$/)
  })
})
