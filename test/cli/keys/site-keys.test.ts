import {createPublicKey} from 'node:crypto'
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {auditKeysOf, rowsVerifiedBy} from '../../support/audit-rows.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

describe('keys rotate', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  afterEach(() => instance.remove())

  it('audit: rows from before verify with the earlier key, rows after with the new one', async () => {
    const before = readFileSync(instance.path('public.pem'), 'utf8')
    const valid = await rowsVerifiedBy(instance, createPublicKey(before))

    const rotated = await instance.manage(['keys', 'rotate', 'audit', '--yes', '--json'])
    await instance.manage(['keys', 'rotate', 'audit', '--yes'])

    const report = rotated.json<{lastId: number; generationsFile: string}>()
    const keys = auditKeysOf(report.generationsFile)
    expect(rotated.status, rotated.stderr).to.equal(0)
    expect(keys.map(({publicKey}) => publicKey)[0]).to.equal(before)
    expect(keys[1]!.firstId).to.equal(keys[0]!.lastId + 1)
    expect(await rowsVerifiedBy(instance, createPublicKey(keys[0]!.publicKey))).to.deep.equal(valid)
    const [own = 0] = await rowsVerifiedBy(instance, createPublicKey(keys[1]!.publicKey))
    expect(own).to.be.above(report.lastId)
    expect(statSync(instance.path('private.pem')).mode & 0o777 & 0o227).to.equal(0)
    expect(existsSync(instance.path('private.pem.next'))).to.equal(false)
  })

  it('audit: completes a run that was cut off between the two files', async () => {
    await instance.manage(['keys', 'rotate', 'audit', '--yes'])
    const [privateKey, publicKey] = [
      readFileSync(instance.path('private.pem')),
      readFileSync(instance.path('public.pem')),
    ]
    const fresh = await fixtureInstance('privacyidea-3.8')
    writeFileSync(fresh.path('private.pem.next'), privateKey, {mode: 0o400})
    writeFileSync(fresh.path('public.pem.next'), publicKey)
    writeFileSync(fresh.path('public.pem'), publicKey)

    const result = await fresh.manage(['keys', 'rotate', 'audit', '--yes'])

    expect(result.status, result.stderr).to.equal(0)
    expect(readFileSync(fresh.path('private.pem')).equals(privateKey)).to.equal(true)
    expect(existsSync(fresh.path('public.pem.next'))).to.equal(false)
    fresh.remove()
  })

  it('secret-key: changes the line and nothing else', async () => {
    const before = readFileSync(instance.config, 'utf8').split('\n')

    const result = await instance.manage(['keys', 'rotate', 'secret-key', '--yes'])

    const after = readFileSync(instance.config, 'utf8').split('\n')
    expect(result.status).to.equal(0)
    expect(after.filter((line) => /^SECRET_KEY = '\w{48}'$/.test(line))).to.have.length(1)
    expect(after).to.include.members(before.filter((line) => !line.startsWith('SECRET_KEY')))
  })

  it('pepper: administrators log in with the old one once more, and with the new one from then on', async () => {
    const {admins} = JSON.parse(readFileSync(instance.path('expect.json'), 'utf8')) as {
      admins: {username: string; password: string}[] | Record<string, {password: string}>
    }
    const [name, secret] = Array.isArray(admins)
      ? [admins[0]!.username, admins[0]!.password]
      : [Object.keys(admins)[0]!, Object.values(admins)[0]!.password]
    writeFileSync(instance.path('password'), `${secret}\n`)
    const verify = () => instance.manage(['admin', 'verify', name, '--password-file', 'password'])
    const hash = async () =>
      (await instance.query<{password: string}>('SELECT password FROM admin WHERE username = ?', [name]))[0]!.password

    const [first, stored] = [await verify(), await hash()]
    const rotated = await instance.manage(['keys', 'rotate', 'pepper', '--yes'])
    const [second, rehashed] = [await verify(), await hash()]
    const finished = await instance.manage(['keys', 'rotate', 'pepper', '--finish', '--yes'])
    const third = await verify()

    expect([first, rotated, second, finished, third].map(({status}) => status)).to.deep.equal([0, 0, 0, 0, 0])
    expect(rehashed).not.to.equal(stored)
    expect(await hash()).to.equal(rehashed)
  })

  it('status tells of every key and shows none', async () => {
    const result = await instance.manage(['keys', 'status', '--json'])

    const report = result.json<{audit: {bits: number}; pepper: {set: boolean}}>()
    expect([report.audit.bits, report.pepper.set]).to.deep.equal([2048, true])
    for (const secret of ['wNz9miYi15afsQxdbHw1g3ptTKqvXivS', 'yT9tOvwh3yagO6wIw4pXgfQY']) {
      expect(result.stdout).not.to.contain(secret)
    }
  })
})
