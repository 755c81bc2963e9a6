import {generateKeyPairSync} from 'node:crypto'
import {expect} from 'chai'
import {SignJWT} from 'jose'
import {createJwt, readTrustedIssuers, verifyAnyJwt, verifyJwt} from '../../../../src/lib/crypto/jwt.js'
import {failureOf} from './vectors.js'

const secret = 't0p s3cr3t'
const exp = 1_767_225_600
const before = new Date((exp - 1) * 1000)
const claims = {
  username: 'admin',
  realm: 'API',
  nonce: '000102030405060708090a0b0c0d0e0f10111213',
  role: 'validate',
  authtype: 'API',
  exp,
  rights: 'TODO',
}

describe('JSON web tokens', () => {
  it('are those of spec/02 §12.9', () => {
    expect(createJwt(secret, claims)).to.equal(
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VybmFtZSI6ImFkbWluIiwicmVhbG0iOiJBUEkiLCJub25jZSI6IjAwMDEwMjAzMDQwNTA2MDcwODA5MGEwYjBjMGQwZTBmMTAxMTEyMTMiLCJyb2xlIjoidmFsaWRhdGUiLCJhdXRodHlwZSI6IkFQSSIsImV4cCI6MTc2NzIyNTYwMCwicmlnaHRzIjoiVE9ETyJ9.6P6NbyXYUzwTgVw0BEhQyXHD0EtaANeQcKQbQSKB4hY',
    )
  })

  it('verify until the second they expire, and without an expiry for ever', async () => {
    const token = createJwt(Buffer.from(secret), claims)

    expect(await verifyJwt(token, secret, before)).to.deep.equal(claims)
    expect((await failureOf(verifyJwt(token, secret, new Date(exp * 1000)))).message).to.match(/expired/)
    expect(await verifyJwt(createJwt(secret, {username: 'ä'}), secret, before)).to.deep.equal({username: 'ä'})
  })

  it('do not verify when forged', async () => {
    const [head = '', body = '', mac = ''] = createJwt(secret, claims).split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const forged = [
      createJwt('other', claims),
      `${head}.${Buffer.from(JSON.stringify({...claims, role: 'admin'})).toString('base64url')}.${mac}`,
      `${none}.${body}.`,
      `${head}.${body}`,
      'x',
      '',
    ]
    for (const token of forged) {
      expect(await failureOf(verifyJwt(token, secret, before)), token).to.include({code: 'REFUSED'})
      expect(await failureOf(verifyAnyJwt(token, secret, [], {now: before})), token).to.include({code: 'REFUSED'})
    }
  })

  it('need a key', () => {
    expect(() => createJwt('', claims)).to.throw(/SECRET_KEY/)
  })
})

describe('PI_TRUSTED_JWT', () => {
  const rsa = generateKeyPairSync('rsa', {modulusLength: 2048})
  const ec = generateKeyPairSync('ec', {namedCurve: 'P-256'})
  const entry = {
    algorithm: 'RS256',
    public_key: rsa.publicKey.export({format: 'pem', type: 'spki'}) as string,
    realm: 'realm1',
    resolver: 'resolver1',
    role: 'user',
    username: 'h.*s|tom',
  }
  const ecEntry = {
    ...entry,
    algorithm: 'ES256',
    public_key: ec.publicKey.export({format: 'pem', type: 'spki'}) as string,
    realm: undefined,
    resolver: undefined,
    role: 'admin',
  }
  const good = {username: 'hans', realm: 'realm1', resolver: 'resolver1', role: 'user', exp}
  const issue = (payload: Record<string, unknown>, alg = 'RS256') =>
    new SignJWT(payload).setProtectedHeader({alg}).sign(alg === 'ES256' ? ec.privateKey : rsa.privateKey)
  const verify = async (token: string, warn?: (message: string) => void) =>
    verifyAnyJwt(token, secret, readTrustedIssuers([entry, ecEntry]), {now: before, ...(warn && {warn})})

  it('accepts tokens of an issuer whose entry fits', async () => {
    expect(await verify(await issue(good))).to.deep.equal(good)
    expect(await verify(await issue({username: 'tom', role: 'admin'}, 'ES256'))).to.deep.equal({
      username: 'tom',
      role: 'admin',
    })
  })

  it('matches the whole user name, also with alternatives', async () => {
    for (const username of ['hansi', 'tommy', 'xtom', 'tom\n', 'root', undefined]) {
      const error = await failureOf(verify(await issue({...good, username})))
      expect(error.message, username).to.match(/impersonate/)
    }
  })

  it('refuses another role, realm, resolver or algorithm', async () => {
    const wrong = [
      await issue({...good, role: 'admin'}),
      await issue({...good, realm: 'realm2'}),
      await issue({...good, resolver: undefined}),
      await issue(good, 'RS384'),
      await issue({...good}, 'ES256'),
    ]
    for (const token of wrong) expect((await failureOf(verify(token))).message).to.match(/nobody who is trusted/)
  })

  it('says that a token has expired', async () => {
    const token = await issue({...good, exp: exp - 100})
    expect((await failureOf(verify(token))).message).to.match(/expired/)
  })

  it('still takes its own tokens', async () => {
    expect(await verify(createJwt(secret, claims))).to.deep.equal(claims)
  })

  it('skips entries that cannot be used, and warns', async () => {
    const warnings: string[] = []
    const issuers = readTrustedIssuers([{...entry, algorithm: 'HS256'}, {...entry, public_key: 'x'}, entry])
    const options = {now: before, warn: (message: string) => void warnings.push(message)}

    expect(await verifyAnyJwt(await issue(good), secret, issuers, options)).to.deep.equal(good)
    expect(warnings).to.have.length(2)
  })

  it('is read strictly', () => {
    expect(readTrustedIssuers(undefined)).to.deep.equal([])
    for (const bad of ['x', [1], [{}], [{...entry, username: 5}]]) {
      expect(() => readTrustedIssuers(bad)).to.throw(/PI_TRUSTED_JWT/)
    }
  })
})
