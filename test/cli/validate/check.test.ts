import {writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import type {ProgramOptions, ProgramResult} from '../../support/program.js'

describe('validate check', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('http')
  })
  after(() => instance.remove())

  const check = (args: readonly string[], options?: ProgramOptions): Promise<ProgramResult> =>
    instance.manage(['validate', 'check', ...args], options)
  const counter = async (serial: string) => {
    const [row] = await instance.query<{count: number}>('SELECT count FROM token WHERE serial=?', [serial])
    return Number(row?.count)
  }

  it('accepts PIN and OTP once, and ends with 0 and 1', async () => {
    const first = await check(['anna', '-'], {stdin: 'p6951916356\n'})
    const second = await check(['anna', '-'], {stdin: 'p6951916356\n'})

    expect([first.status, first.stdout]).to.deep.equal([0, 'Authenticated (matching 1 tokens).\n'])
    expect([second.status, second.stdout]).to.deep.equal([
      1,
      'Not authenticated (wrong otp value. previous otp used again).\n',
    ])
    expect(await counter('OATHP001')).to.equal(1)
  })

  it('stores nothing with --no-update', async () => {
    const rows = async () => instance.query('SELECT id FROM pidea_audit UNION SELECT id FROM clientapplication')
    const before = await rows()

    const result = await check(['anna', '-', '--no-update'], {stdin: 'p6951194255'})

    expect(result.status).to.equal(0)
    expect(await counter('OATHP001')).to.equal(1)
    expect(await rows()).to.deep.equal(before)
  })

  it('gives the document of the HTTP answer as JSON', async () => {
    const file = instance.path('password.txt')
    writeFileSync(file, 'p6951194255\n')

    const result = await check(['--serial', 'OATHP001', '--password-file', file, '--json'])

    expect(result.status).to.equal(0)
    const {result: outcome, detail} = result.json<{result: unknown; detail: Record<string, unknown>}>()
    expect(outcome).to.deep.equal({status: true, value: true, authentication: 'ACCEPT'})
    expect(detail).to.deep.include({message: 'matching 1 tokens', serial: 'OATHP001', type: 'hotp', otplen: 6})
  })

  it('says what is wrong, in one line', async () => {
    for (const [args, status, text] of [
      [['nobodyhere', 'x'], 1, 'The user can not be found'],
      [['--serial', 'NOSUCH', '--password-file', '/nonexistent'], 1, '/nonexistent'],
      [[], 2, 'Name a user or a token'],
      [['anna', 'x', '--password-file', 'y'], 2, 'Give the password in one way only'],
    ] as const) {
      const result = await check(args)
      expect(status === 2 ? result.status : Math.min(result.status, 1), result.stderr).to.equal(status)
      expect(result.stderr).to.contain(text)
      expect(result.stderr).to.not.contain('    at ')
    }
  })
})
