import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

interface ExpectedToken {
  type: string
  next_otps?: {counter: number; otp: string}[]
  otps_at?: {time: number; otp: string}[]
  tokeninfo: Record<string, string>
}

const expected = (
  JSON.parse(readFileSync(fixture('interop/privacyidea-3.8/expect.json'), 'utf8')) as {
    tokens: Record<string, ExpectedToken>
  }
).tokens

describe('pi-manage token export', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    writeFileSync(instance.path('key'), '000102030405060708090a0b0c0d0e0f\n')
  })

  afterEach(() => {
    instance.remove()
  })

  it('writes encrypted PSKC that is read back, and names what has no place in it', async () => {
    const written = await instance.manage(['token', 'export', '--preshared-key-file', 'key', '--output', 'out.xml'])
    await instance.sql([
      "DELETE FROM tokeninfo WHERE token_id IN (SELECT id FROM token WHERE serial = 'OATHSHA2566')",
      "DELETE FROM token WHERE serial = 'OATHSHA2566'",
    ])
    const read = await instance.manage([
      'import',
      'tokens',
      'out.xml',
      '--preshared-key-file',
      'key',
      '--existing',
      'skip',
      '--json',
    ])

    expect(written.status).to.equal(7)
    expect(written.stderr).to.contain('WAN0002: tokens of type webauthn have no place in this format')
    expect(statSync(instance.path('out.xml')).mode & 0o777).to.equal(0o600)
    expect(read.status, read.stderr).to.equal(0)
    const {rows} = read.json<{rows: {serial: string; verdict: string; hashlib: string}[]}>()
    expect(rows.filter(({verdict}) => verdict === 'new').map(({serial, hashlib}) => [serial, hashlib])).to.deep.equal([
      ['OATHSHA2566', 'sha256'],
    ])
  })

  it('writes no secret in clear unless it is told to, and no file over another', async () => {
    const refused = await instance.manage(['token', 'export', '--format', 'oath-csv', '--output', 'out.csv'])
    const written = await instance.manage([
      'token',
      'export',
      'OATHSHA16',
      '--format',
      'oath-csv',
      '--plain',
      '--output',
      'out.csv',
    ])
    const again = await instance.manage([
      'token',
      'export',
      'OATHSHA16',
      '--format',
      'oath-csv',
      '--plain',
      '--output',
      'out.csv',
    ])
    const noKey = await instance.manage(['token', 'export', '--output', 'other.xml'])

    expect([refused, written, again, noKey].map(({status}) => status)).to.deep.equal([2, 0, 1, 2])
    expect(readFileSync(instance.path('out.csv'), 'utf8')).to.match(/^OATHSHA16, [0-9a-f]{40}, hotp, 6, 51, sha1\n$/)
    expect(existsSync(instance.path('other.xml'))).to.equal(false)
    expect(existsSync(instance.path('out.csv.part'))).to.equal(false)
  })

  it('names owners in a version 2 file', async () => {
    const {stdout} = await instance.manage(
      ['token', 'export', 'OATHSHA16', '--format', 'oath-csv', '--plain', '--owners'],
      {showsSecrets: true},
    )

    expect(stdout).to.match(/^# version: 2\nalice, passwdres, corp, OATHSHA16, /)
  })
})

describe('pi-manage token otp', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  after(() => {
    instance.remove()
  })

  it('shows the values that the original would accept, and uses none up', async () => {
    const before = await instance.query('SELECT id, count, failcount FROM token ORDER BY id')

    for (const serial of ['OATHSHA16', 'OATHSHA2568', 'OATHSHA5126']) {
      const {values} = (
        await instance.manage(['token', 'otp', 'show', serial, '--count', '5', '--json'], {showsSecrets: true})
      ).json<{values: unknown}>()
      expect(values).to.deep.equal(expected[serial]!.next_otps)
    }
    for (const serial of ['TOTPSHA130', 'TOTPSHA51260', 'PIMO0001']) {
      const {time, otp} = expected[serial]!.otps_at![1]!
      const shown = await instance.manage(['token', 'otp', 'show', serial, '--at', String(time), '--json'], {
        showsSecrets: true,
      })
      expect(shown.json<{values: {otp: string}[]}>().values[0]!.otp).to.equal(otp)
    }
    expect(await instance.query('SELECT id, count, failcount FROM token ORDER BY id')).to.deep.equal(before)
  })

  it('tells right values from wrong ones', async () => {
    const {counter, otp} = expected['OATHSHA16']!.next_otps![3]!

    const right = await instance.manage(['token', 'otp', 'verify', 'OATHSHA16', otp])
    const wrong = await instance.manage(['token', 'otp', 'verify', 'OATHSHA16', '000000'])
    const none = await instance.manage(['token', 'otp', 'verify', 'NOSUCH', '000000'])
    const type = await instance.manage(['token', 'otp', 'show', 'WAN0002'])

    expect([right.status, right.stdout]).to.deep.equal([0, `valid, counter ${String(counter)}\n`])
    expect([wrong, none, type].map(({status}) => status)).to.deep.equal([1, 1, 1])
  })
})

describe('pi-manage convert', () => {
  it('turns one format into another without a database', async () => {
    const instance = await fixtureInstance('privacyidea-3.8')
    try {
      const file = fixture('importers/otpauth/migration.txt')
      writeFileSync(instance.path('key'), `${'07'.repeat(32)}\n`)

      const csv = await instance.manage(['convert', file, '--to', 'oath-csv', '--plain'], {showsSecrets: true})
      const xml = await instance.manage(['convert', file, '--to', 'pskc', '--to-key-file', 'key', '-o', 'out.xml'])
      const back = await instance.manage(
        ['convert', 'out.xml', '--preshared-key-file', 'key', '--to', 'oath-csv', '--plain'],
        {showsSecrets: true},
      )
      const clear = await instance.manage(['convert', file, '--to', 'oath-csv'])
      const damaged = await instance.manage([
        'convert',
        'passwd',
        '--from',
        'pskc',
        '--to',
        'oath-csv',
        '--plain',
        '-o',
        'x.csv',
      ])

      expect([csv, xml, back, clear, damaged].map(({status}) => status)).to.deep.equal([0, 0, 0, 2, 2])
      expect(back.stdout).to.equal(csv.stdout)
      expect(csv.stdout.trim().split('\n')).to.have.length(3)
      expect(existsSync(instance.path('x.csv'))).to.equal(false)
    } finally {
      instance.remove()
    }
  })
})
