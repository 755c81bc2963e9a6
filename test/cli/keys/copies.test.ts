import {execFileSync} from 'node:child_process'
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'

describe('copies of the encryption key', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.14dev')
  })

  afterEach(() => instance.remove())

  it('go onto paper and back', async () => {
    const printed = await instance.manage(['enckey', 'paper'], {showsSecrets: true})
    writeFileSync(instance.path('sheet.txt'), printed.stdout)
    const restored = await instance.manage(['enckey', 'restore', 'sheet.txt', '-o', 'restored'])
    const again = await instance.manage(['enckey', 'restore', 'sheet.txt', '-o', 'restored'])

    expect([printed.status, restored.status, again.status]).to.deep.equal([0, 0, 1])
    expect(readFileSync(instance.path('restored')).equals(readFileSync(instance.path('enckey')))).to.equal(true)
    expect(statSync(instance.path('restored')).mode & 0o777).to.equal(0o400)
  })

  it('are split into sheets of which some give the key back', async () => {
    await instance.manage(['enckey', 'paper', '--shares', '4', '--needed', '2', '-o', 'part'])
    const restored = await instance.manage(['enckey', 'restore', 'part-4.txt', 'part-2.txt', '-o', 'restored'])
    const tooFew = await instance.manage(['enckey', 'restore', 'part-1.txt', '-o', 'other'])

    expect([restored.status, tooFew.status]).to.deep.equal([0, 2])
    expect(readFileSync(instance.path('restored')).equals(readFileSync(instance.path('enckey')))).to.equal(true)
  })

  it('get another password, and lose it', async () => {
    const keys = readFileSync(instance.path('enckey'))
    writeFileSync(instance.path('one'), 'first password\n')
    writeFileSync(instance.path('two'), 'second password\n')

    const first = await instance.manage(['enckey', 'change-passphrase', '--password-file', 'one'])
    const wrong = await instance.manage(['enckey', 'verify', '--enckey-password-file', 'two'])
    const second = await instance.manage([
      'enckey',
      'change-passphrase',
      '--enckey-password-file',
      'one',
      '--password-file',
      'two',
    ])
    const verified = await instance.manage(['enckey', 'verify', '--enckey-password-file', 'two'])
    const removed = await instance.manage(['enckey', 'change-passphrase', '--enckey-password-file', 'two', '--remove'])

    expect([first, wrong, second, verified, removed].map(({status}) => status)).to.deep.equal([0, 3, 0, 0, 0])
    expect(readFileSync(instance.path('enckey')).equals(keys)).to.equal(true)
  })

  it('travel to a PGP recipient, whose gpg and whose key file open them', async () => {
    const home = instance.path('gnupg')
    mkdirSync(home, {mode: 0o700})
    const gpg = (...args: string[]): Buffer =>
      execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {stdio: ['ignore', 'pipe', 'ignore']})
    gpg('--passphrase', '', '--quick-gen-key', 'Safe <safe@example.com>', 'default', 'default', 'never')
    writeFileSync(instance.path('public.asc'), gpg('--armor', '--export'))
    writeFileSync(instance.path('secret.asc'), gpg('--armor', '--export-secret-keys'))

    const wrapped = await instance.manage(['enckey', 'wrap', '--recipient', 'public.asc'])
    writeFileSync(instance.path('enckey.asc'), wrapped.stdout)
    const unwrapped = await instance.manage([
      'enckey',
      'unwrap',
      'enckey.asc',
      '--key',
      'secret.asc',
      '-o',
      'unwrapped',
    ])

    const keys = readFileSync(instance.path('enckey'))
    expect([wrapped.status, unwrapped.status]).to.deep.equal([0, 0])
    expect(readFileSync(instance.path('unwrapped')).equals(keys)).to.equal(true)
    expect(gpg('--decrypt', instance.path('enckey.asc')).equals(keys)).to.equal(true)
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  })

  it('are named by fingerprints that do not change with the password', async () => {
    writeFileSync(instance.path('one'), 'first password\n')

    const before = (await instance.manage(['enckey', 'status', '--json'])).json<{
      fingerprints: unknown
      values: {token: number}
    }>()
    await instance.manage(['enckey', 'change-passphrase', '--password-file', 'one'])
    const after = (await instance.manage(['enckey', 'status', '--json', '--enckey-password-file', 'one'])).json<{
      fingerprints: unknown
    }>()

    expect(after.fingerprints).to.deep.equal(before.fingerprints)
    expect(before.values.token).to.be.above(20)
  })
})
