import {createPrivateKey, createPublicKey} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {verifyJwt} from '../../../../src/lib/crypto/jwt.js'
import {createApiToken} from '../../../../src/lib/services/api-tokens.js'
import {createAuditKeys, signatureLength} from '../../../../src/lib/services/audit-keys.js'
import {EnckeyService, readEnckeyText} from '../../../../src/lib/services/enckey/index.js'
import {temporaryFolder} from '../../../support/folders.js'
import {settingsOf} from '../../../support/settings.js'
import {failureOf, vectorKeys} from '../crypto/vectors.js'

const unused = async () => {
  throw new Error('not needed here')
}
const service = new EnckeyService({database: unused, security: unused})
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

describe('key files', () => {
  let folder: string

  beforeEach(() => {
    folder = temporaryFolder('enckey')
  })

  it('are made of 96 random bytes that only the owner can read', async () => {
    await service.create(join(folder, 'a'))
    await service.create(join(folder, 'b'))

    expect(readFileSync(join(folder, 'a'))).to.have.length(96)
    expect(readFileSync(join(folder, 'a')).equals(readFileSync(join(folder, 'b')))).to.equal(false)
    expect(modeOf(join(folder, 'a'))).to.equal('400')
  })

  it('are never replaced', async () => {
    const file = join(folder, 'enckey')
    await service.create(file, {keys: vectorKeys})

    expect(await failureOf(service.create(file))).to.include({code: 'ALREADY_EXISTS'})
    expect(readFileSync(file).equals(vectorKeys)).to.equal(true)
  })

  it('leave nothing behind where they cannot be made', async () => {
    expect(await failureOf(service.create(join(folder, 'no/enckey')))).to.include({code: 'CONFIG'})
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('are made by one of many who try at the same time', async () => {
    const results = await Promise.allSettled(Array.from({length: 10}, () => service.create(join(folder, 'enckey'))))

    expect(results.filter(({status}) => status === 'fulfilled')).to.have.length(1)
    expect(readFileSync(join(folder, 'enckey'))).to.have.length(96)
  })

  it('get a password and lose it again, the file itself staying as it is', async () => {
    const file = join(folder, 'enckey')
    const locked = join(folder, 'enckey.enc')
    await service.create(file, {keys: vectorKeys})

    const text = await service.encrypt(file, 'Pässwort')
    await service.writeKeyFile(locked, `${text}\n`)

    expect(text).to.match(/^[0-9a-f]{32}:[0-9a-f]{416}$/)
    expect(modeOf(locked)).to.equal('400')
    expect((await service.decrypt(locked, 'Pässwort')).equals(vectorKeys)).to.equal(true)
    expect(await failureOf(service.decrypt(locked, 'x'))).to.include({code: 'INTEGRITY'})
    expect(await failureOf(service.encrypt(locked, 'x'))).to.include({code: 'REFUSED'})
    expect(await failureOf(service.decrypt(file, 'x'))).to.include({code: 'REFUSED'})
    expect(readFileSync(file).equals(vectorKeys)).to.equal(true)
  })

  it('are told from other files', async () => {
    for (const content of ['', 'x'.repeat(95), 'x'.repeat(97), 'x'.repeat(500)]) {
      const file = join(folder, `f${content.length}`)
      writeFileSync(file, content)
      expect(await failureOf(service.encrypt(file, 'x')), String(content.length)).to.include({code: 'INTEGRITY'})
    }
    expect(await failureOf(service.encrypt(join(folder, 'none'), 'x'))).to.include({code: 'CONFIG'})
    expect(await failureOf(service.encrypt(folder, 'x'))).to.include({code: 'CONFIG'})
  })

  it('are given as base64 of 96 bytes', () => {
    expect(readEnckeyText(`${vectorKeys.toString('base64').replace(/.{50}/g, '$&\n')}\n`).equals(vectorKeys)).to.equal(
      true,
    )
    expect(() => readEnckeyText('YWJj')).to.throw(/enckey must be 96 bytes/)
    expect(() => readEnckeyText('!')).to.throw(/base64/)
    expect(() => readEnckeyText('')).to.throw(/96 bytes/)
  })
})

describe('audit keys', () => {
  let privateFile: string
  let publicFile: string

  beforeEach(() => {
    const folder = temporaryFolder('audit-keys')
    privateFile = join(folder, 'private.pem')
    publicFile = join(folder, 'public.pem')
  })

  it('are an RSA pair in the forms of the original', async () => {
    await createAuditKeys({privateFile, publicFile})

    const privatePem = readFileSync(privateFile, 'utf8')
    const publicPem = readFileSync(publicFile, 'utf8')
    expect(privatePem).to.match(/^-----BEGIN RSA PRIVATE KEY-----\n/)
    expect(publicPem).to.match(/^-----BEGIN PUBLIC KEY-----\n/)
    expect(modeOf(privateFile)).to.equal('400')
    expect(createPublicKey(createPrivateKey(privatePem)).export({format: 'pem', type: 'spki'})).to.equal(publicPem)
    expect(createPrivateKey(privatePem).asymmetricKeyDetails).to.deep.include({
      modulusLength: 2048,
      publicExponent: 65_537n,
    })
  })

  it('are not made when either file is there, and neither is touched', async () => {
    for (const file of [privateFile, publicFile]) {
      writeFileSync(file, 'old')
      expect(await failureOf(createAuditKeys({privateFile, publicFile}))).to.include({code: 'ALREADY_EXISTS'})
      expect(readFileSync(file, 'utf8')).to.equal('old')
      expect(readdirSync(join(file, '..'))).to.have.length(1)
      await import('node:fs/promises').then(({rm}) => rm(file))
    }
  })

  it('are made both or not at all', async () => {
    const wrong = join(publicFile, '../no/public.pem')

    expect(await failureOf(createAuditKeys({privateFile, publicFile: wrong}))).to.include({code: 'CONFIG'})
    expect(readdirSync(join(privateFile, '..'))).to.deep.equal([])
  })

  it('have a sensible size', async () => {
    for (const bits of [0, 512, 1024, 2047, 2049, 100_000, NaN]) {
      expect(await failureOf(createAuditKeys({privateFile, publicFile}, bits)), String(bits)).to.include({
        code: 'USAGE',
      })
    }
    expect([2048, 3072, 4096].map(signatureLength)).to.deep.equal([527, 783, 1039])
  })

  it('need two files', async () => {
    mkdirSync(join(privateFile, '../x'))
    expect(await failureOf(createAuditKeys({privateFile, publicFile: privateFile}))).to.include({code: 'CONFIG'})
  })
})

describe('API keys', () => {
  const now = new Date('2026-01-01T00:00:00.500Z')

  it('are web tokens of the original, from text and from bytes', async () => {
    for (const secret of ['t0p s3cr3t', Buffer.from('8f01ff', 'hex')]) {
      const settings = settingsOf({SECRET_KEY: secret})
      const token = await createApiToken(settings, {days: 30, realm: 'API', role: 'validate', username: 'radius'}, now)
      const {nonce, ...claims} = await verifyJwt(token.token, secret, now)

      expect(token).to.include({days: 30, expires: '2026-01-31T00:00:00.000Z', username: 'radius'})
      expect(nonce).to.match(/^[0-9a-f]{40}$/)
      expect(claims).to.deep.equal({
        username: 'radius',
        realm: 'API',
        role: 'validate',
        authtype: 'API',
        exp: 1_769_817_600,
        rights: 'TODO',
      })
    }
  })

  it('are for a random name unless one is given', async () => {
    const settings = settingsOf({SECRET_KEY: 'x'})
    const {username} = await createApiToken(settings, {days: 1, realm: 'API', role: 'admin'}, now)

    expect(username).to.match(/^[0-9a-f]{40}$/)
  })

  it('need a SECRET_KEY and a sensible time', async () => {
    const request = {days: 1, realm: 'API', role: 'admin'} as const
    expect(await failureOf(createApiToken(settingsOf({}), request))).to.include({code: 'CONFIG'})
    for (const days of [0, -1, 1.5, NaN, 1_000_000]) {
      const error = await failureOf(createApiToken(settingsOf({SECRET_KEY: 'x'}), {...request, days}))
      expect(error, String(days)).to.include({code: 'USAGE'})
    }
  })
})
