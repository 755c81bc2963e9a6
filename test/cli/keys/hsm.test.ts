import {writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import type {ProgramResult} from '../../support/program.js'
import {hasSoftHsm, SoftHsm, type SoftToken} from '../../support/softhsm.js'

describe('hsm commands', function () {
  this.timeout(120_000)
  let hsm: SoftHsm
  let token: SoftToken
  let instance: Instance

  before(function () {
    if (!hasSoftHsm()) {
      if (process.env['CI']) throw new Error('SoftHSM2 is missing')
      this.skip()
    }
    hsm = new SoftHsm({thisProcess: false})
    token = hsm.addToken('site')
  })

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.14dev')
  })

  afterEach(() => instance?.remove())
  after(() => hsm?.remove())

  function run(args: string[]): Promise<ProgramResult> {
    return instance.manage(args, {env: {...hsm.env}})
  }

  function configure(changes: Record<string, string> = {}): void {
    const lines = Object.entries({...hsm.aesSettings(token), ...changes}).map(([key, value]) => `${key} = '${value}'`)
    instance.configure((text) => `${text}\n${lines.join('\n')}\n`)
  }

  it('list what a library offers without a configuration for it', async () => {
    const result = await run(['hsm', 'list', '--module', hsm.library, '--json'])

    const {slots} = result.json<{slots: {label?: string; pinSet: boolean; initialized: boolean}[]}>()
    expect(result.status).to.equal(0)
    expect(slots.find(({label}) => label === 'site')).to.deep.include({
      initialized: true,
      pinSet: true,
      slot: token.slot,
    })
  })

  it('bring the key of an installation into a token, where everything still decrypts', async () => {
    configure()

    const imported = await run(['hsm', 'import-key', '--from', instance.path('enckey'), '--label', 'site', '--yes'])
    instance.configure((text) => `${text}\n${imported.stdout}`)
    const [verified, doctor, status] = [
      await run(['enckey', 'verify', '--json']),
      await run(['hsm', 'doctor', '--json']),
      await run(['hsm', 'status', '--json']),
    ]
    const tokens = await run(['token', 'list', '--show-secrets', '--json'])

    expect(imported.status, imported.stderr).to.equal(0)
    expect(verified.json<{failed: unknown[]}>().failed).to.deep.equal([])
    expect(doctor.status, doctor.stdout).to.equal(0)
    const results = doctor.json<{checks: {id: string; result: string}[]}>().checks
    expect(results.filter(({result}) => result !== 'ok')).to.deep.equal([])
    expect(results.map(({id}) => id)).to.include.members([
      'library',
      'login',
      'mechanism',
      'key-token',
      'round-trip',
      'database',
    ])
    expect(status.json<{ready: boolean}>().ready).to.equal(true)
    expect(tokens.json<{tokens: {secret: string}[]}>().tokens.length).to.be.above(20)
    expect([imported, verified, doctor, status].map(({stdout, stderr}) => stdout + stderr).join()).not.to.contain(
      token.pin,
    )
  })

  it('make keys under labels to be pasted into the configuration, also under the old name', async () => {
    configure()

    const made = await run(['hsm', 'create-keys', '--yes'])
    const old = await run(['hsm', 'create_keys'])

    expect(made.status, made.stderr).to.equal(0)
    expect(made.stdout).to.match(
      /^PI_HSM_MODULE_KEY_LABEL_TOKEN = 'token_\w{16}'\nPI_HSM_MODULE_KEY_LABEL_CONFIG = 'config_\w{16}'\nPI_HSM_MODULE_KEY_LABEL_VALUE = 'value_\w{16}'\n$/,
    )
    expect(old.stdout).to.match(/^Please add the following to your pi.cfg:\nPI_HSM_MODULE_KEY_LABEL_TOKEN/)
  })

  it('measure', async () => {
    configure()
    const made = await run(['hsm', 'create-keys', '--yes'])
    instance.configure((text) => `${text}\n${made.stdout}`)

    const result = await run(['hsm', 'bench', '--seconds', '1', '--json'])

    const {operations} = result.json<{operations: {operation: string; perSecond: number}[]}>()
    expect(operations.map(({operation}) => operation)).to.deep.equal(['encrypt', 'decrypt', 'random'])
    for (const {perSecond} of operations) expect(perSecond).to.be.above(100)
  })

  it('give every failure one line, its exit status, and a next step', async () => {
    const cases: [Record<string, string>, number, RegExp][] = [
      [{PI_HSM_MODULE_PASSWORD: 'wrong-pin'}, 1, /refuses the PIN \(CKR_PIN_INCORRECT\)/],
      [{PI_HSM_MODULE_MODULE: '/nowhere.so'}, 2, /The PKCS#11 library \/nowhere.so does not exist/],
      [{PI_HSM_MODULE_TOKEN_SERIAL: 'none'}, 2, /There is no token with serial none/],
      [{PI_HSM_MODULE_KEY_LABEL: 'nothing'}, 2, /There is no token key with the label 'nothing_token'/],
    ]

    for (const [changes, status, message] of cases) {
      const broken = await fixtureInstance('privacyidea-3.14dev')
      const lines = Object.entries({...hsm.aesSettings(token), ...changes}).map(([key, value]) => `${key} = '${value}'`)
      broken.configure((text) => `${text}\n${lines.join('\n')}\n`)

      const result = await broken.manage(['enckey', 'check'], {env: {...hsm.env}})

      const [first = '', hint = ''] = result.stderr.split('\n')
      expect(result.status, result.stderr).to.equal(status)
      expect(first).to.match(message)
      expect(hint.trim()).not.to.equal('')
      expect(result.stderr).not.to.match(/wrong-pin|at .*\.(js|ts):\d/)
      broken.remove()
    }
  })

  it('rotate into the token and back from the command line', async () => {
    writeFileSync(instance.path('pin'), `${token.pin}\n`)

    const into = await run([
      'enckey',
      'rotate',
      '--to',
      `aes-hsm:module=${hsm.library},token=site`,
      '--new-password-file',
      instance.path('pin'),
      '--grace',
      '0',
      '--yes',
      '--json',
    ])
    const inside = await run(['enckey', 'verify', '--json'])
    const back = await run(['enckey', 'rotate', '--to', `file:${instance.path('new-key')}`, '--grace', '0', '--yes'])
    const outside = await run(['enckey', 'verify', '--json'])

    expect([into.status, inside.status, back.status, outside.status], into.stderr + back.stderr).to.deep.equal([
      0, 0, 0, 0,
    ])
    expect(into.json<{phase: string}>().phase).to.equal('done')
    expect(into.stderr).to.contain('An original server')
    expect(outside.json<{checked: number}>().checked).to.equal(inside.json<{checked: number}>().checked)
  })
})
