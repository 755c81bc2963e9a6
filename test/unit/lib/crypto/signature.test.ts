import {generateKeyPairSync} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {responseText, signResponse, verifyResponse} from '../../../../src/lib/crypto/response-signature.js'
import {
  readPrivateKey,
  readPublicKey,
  signText,
  signTextSync,
  verifyText,
} from '../../../../src/lib/crypto/signature.js'
import {fixture} from '../../../support/folders.js'

/** spec/02 §12.10 */
const publicKey = readPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyMcH/Tlah2sQzWA0Pgc9
80pdmB95kpzrJ4teRTOfhHDd5XVlrpVzFhtoRVw6uA1W1EYhFXM+UMxpZBywKEhe
vqla4pcsEqvdEExMwIodRS2Gu6T7t1uVcUNgQrEqz4PMjmdOWlPIkkjCAB6Q9gcZ
NxPSFkd8FTTjGRv8q2kbyoNBTpCD/jLko/9XQqaDGU2ey1agH/76NJrXpFbGeXbN
Tk31scQk/XcD7ccmOyBEzu8ikjmfrhTdSXbm4wmm/kGuP3umQFWGctFD3ahLi5rg
HZbsxVrHiNhDfYGFXR0RQ9T7Jacee3S+//O4ibhDvqzu5vzftGBcD8Kw2UQalLL6
OQIDAQAB
-----END PUBLIC KEY-----
`)
const message =
  'id=1,date=2023-01-31 12:34:56.789012,action=POST /validate/check,succ=1,serial=OATH0001A2B3,t=hotp,u=alice,r=realm1,adm=None,ad=None,i=matching 1 tokens,ps=localnode,c=10.0.0.1,l=INFO,cl=None,2023-01-31 12:34:56.700000,0:00:00.089012'
const pss =
  'rsa_sha256_pss:c4ef826caf3daa6120b4e244419a45d4a2e56d31affee6272528e263368c0bcefc676e9c9f65c0ce1fbea48d7d17be7b65d768b50f67b781c235a520b1aca554761492de8cd5aef256b9b969decd6a01ee185b35662d7b266cdd7232a5f6bb9590a2aa2821a9991f8dc1d7a101701c4943f92df52a7d92d0441f5499ce0962254800e6adcb0fac6b4ae9967a3625a23371c5d710afa795c5406dba9119b857632778bfefd53c5bfb4cdc20ea5e1af56228064c2f19d35ab281ce70b4470e3ddcc3f97aee769402f8e33412bf66d233d042f9a6de804241cd9b6c51561853dd7da23c39ea455a1cd724f5f243361790ff6c0235f97b09a60f0dc90177e15d1bca'
const old =
  '22806885145582274189316439995299382300106582471340529365763247828281149391073541928774670620246656912612623361530545779471236125533247416850388139332534431414384822285113624467509829643902786856262000261975492988261210532354660676111381328554112217486859207252536835765135315344591299245028472408009466346978048198153358458710767713511768593250435105740450218998291744878124494815579298827104093421744398480619868744454526577800991334448649351816974054381564112994816896094351010230618786900456458139785605576381101211773483643892052647227096939148860664674217015165041986615835550239351625898033258313654761653139070'

describe('signatures', () => {
  it('of the original verify, and no other text does', () => {
    expect(verifyText(publicKey, message, pss)).to.equal(true)
    expect(verifyText(publicKey, `${message} `, pss)).to.equal(false)
  })

  it('of the old form verify only where they are allowed', () => {
    expect(verifyText(publicKey, message, old)).to.equal(false)
    expect(verifyText(publicKey, message, old, {allowOld: true})).to.equal(true)
    expect(verifyText(publicKey, `${message} `, old, {allowOld: true})).to.equal(false)
  })

  it('that are none do not verify', () => {
    const bad = [
      null,
      undefined,
      '',
      'x',
      `${pss}:`,
      `x${pss}`,
      pss.slice(0, -2),
      'rsa_sha256_pss:zz',
      '-1',
      '9'.repeat(700),
    ]
    for (const signature of bad) {
      expect(verifyText(publicKey, message, signature, {allowOld: true}), String(signature)).to.equal(false)
    }
  })

  for (const bits of [1024, 2048, 4096]) {
    it(`of ours verify, with the longest salt that a key of ${bits} bits allows`, async () => {
      const pair = generateKeyPairSync('rsa', {modulusLength: bits})
      const signature = await signText(pair.privateKey, 'Grüße')

      expect(signature).to.have.length(15 + bits / 4)
      expect(verifyText(pair.publicKey, 'Grüße', signature)).to.equal(true)
      expect(verifyText(pair.publicKey, 'Grüße', signTextSync(pair.privateKey, 'Grüße'))).to.equal(true)
      expect(verifyText(publicKey, 'Grüße', signature)).to.equal(false)
    })
  }

  it('need an RSA key without password', () => {
    const ec = generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey.export({format: 'pem', type: 'pkcs8'})
    const locked = generateKeyPairSync('rsa', {modulusLength: 1024}).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    })
    for (const pem of ['', 'x', ec, locked]) expect(() => readPrivateKey(pem)).to.throw(/private key is no/)
    expect(() => readPublicKey('x')).to.throw(/public key is no/)
  })
})

describe('response signatures', () => {
  const privateKey = readPrivateKey(readFileSync(fixture('interop', 'http', 'private.pem')))
  const responseKey = readPublicKey(readFileSync(fixture('interop', 'http', 'public.pem')))

  it('cover the sorted body and the nonce', async () => {
    const body = {result: {value: true, status: true}, time: 1675168496.5, nonce: 'ä', id: 1}
    const signed = await signResponse(privateKey, body)

    expect(responseText(signed)).to.equal(
      '{"id": 1, "nonce": "\\u00e4", "result": {"status": true, "value": true}, "time": 1675168496.5}',
    )
    expect(verifyResponse(responseKey, JSON.parse(JSON.stringify(signed)) as typeof signed)).to.equal(true)
    expect(verifyResponse(responseKey, {...signed, nonce: 'a'})).to.equal(false)
    expect(verifyResponse(responseKey, body)).to.equal(false)
  })
})
