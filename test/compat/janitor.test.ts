import {expect} from 'chai'
import {createDecipheriv} from 'node:crypto'
import {copyFileSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Clock} from '../support/clock.js'
import {fixture, temporaryFolder} from '../support/folders.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import type {ProgramResult} from '../support/program.js'
import {asRecorded, diffDatabases} from '../support/rows.js'

interface Rows {
  added?: Record<string, unknown>[]
  removed?: Record<string, unknown>[]
  changed?: Record<string, unknown>[]
}

interface Case {
  id: string
  what: string
  argv: string[]
  setup?: string[]
  exit: number
  stdout: string
  stderr: string
  volatile?: string[]
  db_changes: Record<string, Rows>
}

const recorded = JSON.parse(readFileSync(fixture('interop/janitor/cases.json'), 'utf8')) as {
  tz: string
  clock: number
  tokens: Record<string, {type: string; seed: string}>
  cases: Case[]
}

/**
 * Cases in which our answer is the corrected one (spec/03-cli.md §D.3, marked ●); each has a test of its own below.
 * `exit`: only the status differs. `rows`: only the rows. `load`: only the hash of a seed, which the original loses, NULL
 * for the empty text (spec/01-database.md §1.2), and the kind of a token that existed. `all`: nothing is compared here.
 */
const corrected: Record<string, 'all' | 'exit' | 'load' | 'rows'> = {
  'active-3': 'all',
  'active-4': 'all',
  'assigned-2': 'all',
  'assigned-3': 'all',
  desc: 'all',
  'do-disable': 'exit',
  'do-realms-missing': 'exit',
  'do-delete': 'rows',
  'do-delete-chunk': 'rows',
  'do-delete-orphans': 'all',
  'load-ok': 'load',
  'load-again': 'load',
  'load-badmac-soft': 'load',
  'load-badmac-no': 'load',
}

/** Columns that hold random values. */
const volatileColumns = ['token.key_enc', 'token.key_iv', 'token.pin_hash', 'config.Value']

describe('privacyidea-token-janitor against the recorded calls', () => {
  let instance: Instance
  let pristine: string
  let clock: Clock
  let agreeing = 0

  before(async () => {
    instance = await fixtureInstance('janitor')
    pristine = join(temporaryFolder('janitor-pristine'), 'data.sqlite')
    copyFileSync(instance.database, pristine)
    clock = new Clock(recorded.clock, {timeZone: recorded.tz})
  })
  after(() => instance.remove())

  const run = (argv: readonly string[]): Promise<ProgramResult> =>
    instance.run('privacyidea-token-janitor', argv, {clock, showsSecrets: true})

  async function fresh(setup: readonly string[] = []): Promise<string> {
    copyFileSync(pristine, instance.database)
    if (setup.length > 0) await instance.sql(setup)
    const before = join(temporaryFolder('janitor-before'), 'data.sqlite')
    copyFileSync(instance.database, before)
    return before
  }

  async function changes(before: string): Promise<Record<string, Rows>> {
    return asRecorded(await diffDatabases(before, instance.database), {volatile: volatileColumns})
  }

  for (const recordedCase of recorded.cases) {
    const how = corrected[recordedCase.id]
    if (how === 'all') continue
    it(`${recordedCase.id}: ${recordedCase.what}`, async () => {
      const before = await fresh(recordedCase.setup)

      const result = await run(recordedCase.argv)

      const volatile = new Set(recordedCase.volatile)
      if (how !== 'exit') expect(result.status, result.stderr).to.equal(recordedCase.exit)
      if (!volatile.has('stdout')) expect(result.stdout).to.equal(recordedCase.stdout)
      if (!volatile.has('stderr')) expect(result.stderr).to.equal(recordedCase.stderr)
      if (recordedCase.stderr.includes('@TRACEBACK@')) expect(result.stderr).to.match(/Error: /)
      if (how === 'load') {
        expect(loaded(await changes(before))).to.deep.equal(loaded(recordedCase.db_changes))
      } else if (how !== 'rows') {
        expect(comparable(await changes(before))).to.deep.equal(comparable(recordedCase.db_changes))
      }
      if (recordedCase.id.startsWith('do-pskc')) await expectSameTokens(recordedCase, result)
      agreeing += 1
    })
  }

  it('agrees in every case but the corrected ones', () => {
    const left = Object.values(corrected).filter((how) => how === 'all').length

    expect(agreeing).to.equal(recorded.cases.length - left)
    expect(recorded.cases).to.have.length(144)
  })

  describe('corrections', () => {
    const caseOf = (id: string) => recorded.cases.find((candidate) => candidate.id === id)!

    for (const [id, like] of [
      ['active-3', 'active-0'],
      ['assigned-3', 'assigned-0'],
    ] as const) {
      it(`${id}: 1 means true`, async () => {
        await fresh()

        expect((await run(caseOf(id).argv)).stdout).to.equal(caseOf(like).stdout)
      })
    }

    for (const id of ['active-4', 'assigned-2']) {
      it(`${id}: None is no filter`, async () => {
        await fresh()

        expect((await run(caseOf(id).argv)).stdout).to.equal(caseOf('list-csv').stdout)
      })
    }

    it('desc: an absent description is an empty one', async () => {
      await fresh()

      const result = await run(['find', '--description', 'first', '--csv'])

      expect(result.status).to.equal(0)
      expect(result.stdout).to.match(/^'JANH01','hotp','first',[^\n]*\n$/)
    })

    it('do-disable: a token that could not be changed makes the status 1', async () => {
      await fresh()

      expect((await run(caseOf('do-disable').argv)).status).to.equal(1)
      expect((await run(caseOf('do-realms-missing').argv)).status).to.equal(1)
    })

    for (const id of ['do-delete', 'do-delete-chunk']) {
      it(`${id}: the options of a machine are deleted with it`, async () => {
        const before = await fresh()

        await run(caseOf(id).argv)

        const {machinetokenoptions, ...rest} = comparable(await changes(before))
        expect(rest).to.deep.equal(comparable(caseOf(id).db_changes))
        expect(machinetokenoptions).to.deep.equal({
          added: [],
          changed: [],
          removed: ['{"machinetoken_id":1,"mt_key":"count","mt_value":"10"}'],
        })
      })
    }

    it('do-delete-orphans: whom a dead user store does not know is left alone', async () => {
      const before = await fresh()

      const result = await run(caseOf('do-delete-orphans').argv)

      expect(result.status).to.equal(6)
      expect(result.stdout).to.equal('Deleting token JANO01\nDeleting token JANO02\nDeleting token JANO03\n')
      expect(result.stderr).to.include("Warning: the owners from 'deadldap' were left alone:")
      const {token} = await changes(before)
      expect(token?.removed?.map((row) => row['serial'])).to.deep.equal(['JANO01', 'JANO02', 'JANO03'])
    })

    for (const action of ['unassign', 'disable']) {
      it(`a dead user store proves nothing to ${action}`, async () => {
        const before = await fresh()

        const result = await run(['find', '--orphaned', '1', '--serial', 'O04', '--action', action])

        expect(result.status).to.equal(6)
        expect(await changes(before)).to.deep.equal({})
      })
    }

    it('seconds of a date count', async () => {
      await fresh([
        'update tokeninfo set "Value" = \'2024-02-29T00:00:30+0000\' where "Key" = \'due\' and token_id = 4',
      ])

      const after = await run([
        'find',
        '--tokeninfo-key',
        'due',
        '--serial',
        'T02',
        '--tokeninfo-value-after',
        '2024-02-29T00:00:10+0000',
        '--csv',
      ])
      const before = await run([
        'find',
        '--tokeninfo-key',
        'due',
        '--serial',
        'T02',
        '--tokeninfo-value-after',
        '2024-02-29T00:00:30+0000',
        '--csv',
      ])

      expect(after.stdout).to.match(/^'JANT02'/)
      expect(before.stdout).to.equal('')
    })

    it('what is found is complete before anything is changed', async () => {
      await fresh()

      const result = await run(['find', '--chunksize', '2', '--active', 'True', '--action', 'disable'])

      expect(result.stdout.match(/^Disabling token/gm)).to.have.length(16)
      expect(result.status).to.equal(1)
    })
  })
})

/** Row changes of an import, without what is corrected. */
function loaded(changes: Record<string, Rows>): ReturnType<typeof comparable> {
  const {tokeninfo, ...rest} = changes
  const plain = ({Description: _description, Type: _type, ...row}: Record<string, unknown>) => row
  const kept = (rows: Record<string, unknown>[] | undefined, left: readonly unknown[]) =>
    (rows ?? []).map((row) => plain(row)).filter((row) => row['Key'] !== 'hashlib' && !left.includes(row['id']))
  // Changed rows have no key: 14 is the hash of JANT01; 1, 13 and 33 say what kind of token it is, which an import over an
  // existing token leaves alone here.
  const changed = kept(tokeninfo?.changed, [1, 13, 14, 33])
  return comparable({...rest, tokeninfo: {added: kept(tokeninfo?.added, []), removed: [], changed}})
}

/** An export decrypts, with the key on standard error, to the seeds that the original exported, in the same order. */
async function expectSameTokens(recordedCase: Case, {stdout, stderr}: ProgramResult): Promise<void> {
  const masked = (text: string) => text.replaceAll(/(<xenc:ciphervalue>|<valuemac>)[^<]*/g, '$1')
  const key = /\n\t([0-9a-f]{32})\n/.exec(stderr)?.[1]
  expect(masked(stdout)).to.equal(masked(recordedCase.stdout))
  expect(stderr.replace(key!, '')).to.equal(recordedCase.stderr.replace(/[0-9a-f]{32}/, ''))
  const serials = [...stdout.matchAll(/<serialno>([^<]*)/g)].map((match) => match[1]!)
  const values = [...stdout.matchAll(/<xenc:ciphervalue>([^<]*)/g)].slice(1).map((match) => match[1]!)
  for (const [index, serial] of serials.entries()) {
    const bytes = Buffer.from(values[index]!, 'base64')
    const decipher = createDecipheriv('aes-128-cbc', Buffer.from(key!, 'hex'), bytes.subarray(0, 16))
    const seed = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
    const {type, seed: expected} = recorded.tokens[serial]!
    expect(type === 'pw' ? seed.toString('utf8') : seed.toString('hex')).to.equal(expected)
  }
}

/** Row changes as sets; new rows of link tables get their ids in an order that the original leaves to chance. */
function comparable(
  changes: Record<string, Rows>,
): Record<string, {added: string[]; removed: string[]; changed: string[]}> {
  const text = (row: Record<string, unknown>) => {
    const {id: _id, key_enc: _key, key_iv: _iv, pin_hash: _pin, ...rest} = row
    return JSON.stringify(rest, Object.keys(rest).sort())
  }
  const texts = (rows: Record<string, unknown>[] | undefined) => (rows ?? []).map((row) => text(row)).sort()
  const changed = (rows: Record<string, unknown>[] | undefined) =>
    (rows ?? [])
      .map(({id, pin_hash: _pin, key_enc: _key, key_iv: _iv, ...columns}) =>
        Object.keys(columns).length === 0
          ? ''
          : `${String(id)} ${JSON.stringify(columns, Object.keys(columns).sort())}`,
      )
      .filter((line) => line !== '')
      .sort()
  return Object.fromEntries(
    Object.entries(changes)
      .map(
        ([table, rows]) =>
          [table, {added: texts(rows.added), removed: texts(rows.removed), changed: changed(rows.changed)}] as const,
      )
      .filter(([, rows]) => rows.added.length + rows.removed.length + rows.changed.length > 0),
  )
}
