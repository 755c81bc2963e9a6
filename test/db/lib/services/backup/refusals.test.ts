import {createHash} from 'node:crypto'
import {createWriteStream, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {createGzip, gunzipSync, gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {generateKey} from 'openpgp'
import {extract, pack, type Header as Member} from 'tar-stream'
import {PiError} from '../../../../../src/lib/errors.js'
import type {OpenWith} from '../../../../../src/lib/services/backup/envelope.js'
import {backUp, noKey, withInstallation} from '../../../../support/backup.js'
import {testSecrets} from '../../../../support/canary.js'
import {temporaryFolder} from '../../../../support/folders.js'
import {fixtureInstance, type Instance} from '../../../../support/instance.js'

describe('a backup that is not right', () => {
  let instance: Instance
  let file: string
  before(async function () {
    this.timeout(60_000)
    instance = await fixtureInstance('privacyidea-3.8')
    file = await backUp(instance.config, undefined, {keys: 'included'})
  })
  after(() => instance.remove())

  /** Restores over the installation itself, and expects that this is refused and that nothing is written. */
  async function refused(
    archive: string,
    keys: OpenWith = noKey,
    options: {enckeyFile?: string} = {},
  ): Promise<PiError> {
    const before = fingerprint(instance.folder)
    let failure: unknown
    await withInstallation(instance.config, undefined, async (app) => {
      const backups = await app.backups()
      await backups.restore(await backups.planRestore({file: archive, keys, keepDbUri: true, ...options}))
    }).catch((error: unknown) => (failure = error))
    expect(failure, 'it was restored').to.be.instanceOf(PiError)
    expect(fingerprint(instance.folder)).to.deep.equal(before)
    return failure as PiError
  }

  const written = (content: Uint8Array) => {
    const path = join(temporaryFolder('backup'), 'backup.tgz')
    writeFileSync(path, content)
    return path
  }

  it('is refused wherever it was cut', async function () {
    this.timeout(30_000)
    const whole = readFileSync(file)
    for (const part of [0.05, 0.3, 0.6, 0.95, 0.9999]) {
      const {code} = await refused(written(whole.subarray(0, Math.floor(whole.length * part))))
      expect(code, String(part)).to.equal('INTEGRITY')
    }
    expect((await refused(written(Buffer.alloc(0)))).code).to.equal('INVALID_INPUT')
  })

  it('is refused wherever a byte was changed', async function () {
    this.timeout(30_000)
    const whole = gunzipSync(readFileSync(file))
    for (const part of [0.01, 0.2, 0.5, 0.8, 0.99]) {
      const changed = Buffer.from(whole)
      const at = Math.floor(changed.length * part)
      changed[at] = changed[at]! ^ 1
      const same = changed.equals(whole)
      expect(same).to.equal(false)
      const failure = await refused(written(gzipSync(changed))).catch(() => undefined)
      // A byte between members, which fill up blocks of a tar, means nothing.
      if (failure) expect(failure.code).to.equal('INTEGRITY')
      else expect(whole[at]).to.equal(0)
    }
  })

  it('is refused when it is something else', async () => {
    expect((await refused(written(Buffer.from('SERIAL,00,hotp,6\n')))).code).to.equal('INVALID_INPUT')
    expect((await refused(written(gzipSync('no tar at all')))).code).to.equal('INTEGRITY')
    const foreign = await tarOf([[{name: 'etc/freeradius/procedure.sql'}, 'SELECT 1']])
    expect((await refused(foreign)).message).to.match(/no database dump/)
    expect((await refused(join(instance.folder, 'not-there.tgz'))).code).to.equal('INVALID_INPUT')
  })

  const hostile: [string, Partial<Member>][] = [
    ['a name that climbs', {name: '../../../tmp/pwned'}],
    ['a name that climbs inside', {name: 'etc/privacyidea/../../pwned'}],
    ['an absolute name', {name: '/tmp/pwned'}],
    ['a name with a backslash', {name: 'etc\\..\\pwned'}],
    ['a symbolic link', {name: 'etc/privacyidea/link', type: 'symlink', linkname: '/etc/passwd'}],
    ['a hard link', {name: 'etc/privacyidea/link', type: 'link', linkname: 'etc/passwd'}],
    ['a device', {name: 'etc/privacyidea/device', type: 'character-device'}],
    ['a file outside of its folders', {name: 'etc/elsewhere/file'}],
  ]
  for (const [what, header] of hostile) {
    it(`is refused with ${what}`, async () => {
      const content = header.type ? undefined : 'x'
      const own = await withMember(file, header, content)
      const original = await tarOf([[header, content]])

      expect((await refused(own)).code).to.equal('INTEGRITY')
      expect((await refused(original)).code).to.equal('INTEGRITY')
    })
  }

  it('is refused with another password, another OpenPGP key, or none', async function () {
    this.timeout(30_000)
    const password = testSecrets.find((secret) => secret.includes('backup'))!
    const locked = await backUp(instance.config, undefined, {seal: {password}})
    expect((await refused(locked)).code).to.equal('USAGE')
    expect((await refused(locked, {password: async () => `${password}x`})).code).to.equal('INTEGRITY')
    const whole = readFileSync(locked)
    const cut = written(whole.subarray(0, whole.length - 30))
    expect((await refused(cut, {password: async () => password})).code).to.equal('INTEGRITY')
    whole[whole.length - 2000] = whole[whole.length - 2000]! ^ 1
    expect((await refused(written(whole), {password: async () => password})).code).to.equal('INTEGRITY')

    const [own, other] = await Promise.all(
      ['a', 'b'].map((name) => generateKey({userIDs: [{name}], format: 'armored'})),
    )
    const sealedFor = await backUp(instance.config, undefined, {
      seal: {recipientFiles: [written(Buffer.from(own!.publicKey))]},
    })
    const wrong = written(Buffer.from(other!.privateKey))
    expect((await refused(sealedFor, {pgpKeyFile: wrong})).code).to.equal('INTEGRITY')
    await withInstallation(instance.config, undefined, async (app) => {
      const verify = (archive: string, keys: OpenWith) => app.backups().then((all) => all.verify({file: archive, keys}))
      const right = written(Buffer.from(own!.privateKey))
      expect((await verify(sealedFor, {pgpKeyFile: right})).decrypted).to.be.greaterThan(4)
      expect((await verify(locked, {password: async () => password})).decrypted).to.be.greaterThan(4)
    })
  })

  it('is refused when the encryption key is not that of its values', async () => {
    const enckeyFile = written(Buffer.alloc(96, 7))

    const {code, message} = await refused(file, noKey, {enckeyFile})

    expect(code).to.equal('INTEGRITY')
    expect(message).to.match(/token\.key_enc/)
  })
})

/** What a folder holds, with everything that a write would change. */
function fingerprint(folder: string): string[] {
  return (readdirSync(folder, {recursive: true}) as string[]).sort().map((name) => {
    const path = join(folder, name)
    const {ino, size} = statSync(path)
    if (statSync(path).isDirectory()) return `${name}/`
    return `${name} ${ino} ${size} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
  })
}

async function tarOf(members: [Partial<Member>, (Buffer | string | undefined)?][]): Promise<string> {
  const path = join(temporaryFolder('backup'), 'made.tgz')
  const packing = pack()
  for (const [header, content = ''] of members) packing.entry(header as Member, content)
  packing.finalize()
  await pipeline(packing, createGzip(), createWriteStream(path))
  return path
}

/** A copy of an archive with one more member, before its manifest. */
async function withMember(file: string, header: Partial<Member>, content: string | undefined): Promise<string> {
  const members: [Partial<Member>, Buffer][] = []
  const reading = extract()
  const whole = pipeline([gunzipSync(readFileSync(file))], reading as unknown as NodeJS.WritableStream)
  for await (const entry of reading) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    members.push([entry.header, Buffer.concat(chunks)])
  }
  await whole
  return tarOf([...members.slice(0, -1), [header, content], members.at(-1)!])
}
