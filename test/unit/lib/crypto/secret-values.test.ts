import {expect} from 'chai'
import fc from 'fast-check'
import {KeySetModule} from '../../../../src/hsm/key-set.js'
import {
  decryptPin,
  decryptTokenSecret,
  decryptValue,
  encryptPin,
  encryptTokenSecret,
  encryptValue,
  looksEncrypted,
} from '../../../../src/lib/crypto/secret-values.js'
import {failureOf, vectorIv, vectorModule} from './vectors.js'

const iv = vectorIv.toString('hex')

describe('values encrypted with the key file', () => {
  /** spec/02 §12.1 */
  const tokenSecrets = [
    [
      '3132333435363738393031323334353637383930',
      'd3c815fdc50176b782e5d858a7b0fad300ccd45ddf565e066e3872dfd299f4c84ec634f83ff1963f8eea464076cbd820',
    ],
    [
      '3132333435363738393031323334353637383930ABCDEF',
      'd3c815fdc50176b782e5d858a7b0fad300ccd45ddf565e066e3872dfd299f4c8606f4222316bd88c5dfddd4b02d214b8',
    ],
    ['', '600d07a3b9b2c4e4082153d6d1707aa6'],
    ['pässword', '92f4deefdd06d1e5e5c9a0d88e0370ed'],
    ['0123456789abcdef', 'ce1cf3a4e3b87b139ba3cff10ace35b606d96b2e184bf22b73d31ba4be14d8c9'],
  ] as const
  for (const [plain, ciphertext] of tokenSecrets) {
    it(`encrypts the token secret '${plain}' as the original does`, async () => {
      expect(await encryptTokenSecret(vectorModule(), plain)).to.deep.equal({ciphertext, iv})
      expect((await decryptTokenSecret(vectorModule(), {ciphertext, iv})).toString()).to.equal(plain)
    })
  }

  /** spec/02 §12.2 */
  const values = [
    ['geheim', '6410d4ec6fec873bfc2260c14e01292b'],
    ['Pässwörd€', 'a9f0f1416a0025461ae1bc92bb83f61f'],
    ['', '77599921f7393a061a36890daf86aac3'],
  ] as const
  for (const [plain, ciphertext] of values) {
    it(`encrypts the value '${plain}' as the original does`, async () => {
      expect(await encryptValue(vectorModule(), plain)).to.equal(`${iv}:${ciphertext}`)
      expect(await decryptValue(vectorModule(), `${iv}:${ciphertext}`)).to.equal(plain)
      expect(looksEncrypted(`${iv}:${ciphertext}`)).to.equal(true)
    })
  }

  it('encrypts PINs under the token key, with their mark', async () => {
    const pin = `@@${iv}:d39a4ba21dd82aa9bbf6213ccf7cb04d`
    const empty = `@@${iv}:600d07a3b9b2c4e4082153d6d1707aa6`

    expect(await encryptPin(vectorModule(), '1234')).to.equal(pin)
    expect(await encryptPin(vectorModule(), '')).to.equal(empty)
    expect(await decryptPin(vectorModule(), pin)).to.equal('1234')
    expect(await decryptPin(vectorModule(), empty)).to.equal('')
  })

  it('reads the padding of old releases (spec/02 §12.3)', async () => {
    const seed =
      'f199b35838d4215af26473a239ec9bad20d39de0149288f49086e5f951f2e9d49e0f0e024f49916e2f3d631eaca90db6' +
      '0b966d43bbcf1d5266608795b8a0ec4938f67a1f34aa74896a1183cb4497de61e572801837f531f89057fc6675786553'

    expect(await decryptValue(vectorModule(), `${iv}:7b5d977dc0f97f2b03b4ac10b5ed6c07`)).to.equal('geheim')
    expect(await decryptValue(vectorModule(), `${iv}:270fee1c0cddbcf851101b57b816dcc3`)).to.equal('1234567')
    expect((await decryptTokenSecret(vectorModule(), {ciphertext: seed, iv})).toString()).to.equal(
      '3132333435363738393031323334353637383930',
    )
  })

  it('tells what is no encrypted value (spec/02 §12.4)', async () => {
    const bad = [
      '',
      'plain',
      'abc:def',
      null,
      'a0a1:6410d4ec6fec873bfc2260c14e01292b',
      `${iv}:6410d4ec6fec873bfc2260c14e01292c`,
      `${iv}:6410d4ec6fec873bfc2260c14e0129`,
      `${iv}:6410d4ec6fec873bfc2260c14e01292b:00`,
    ]
    for (const stored of bad) {
      expect(await failureOf(decryptValue(vectorModule(), stored)), String(stored)).to.include({code: 'INTEGRITY'})
    }
    expect(await decryptValue(vectorModule(), `${iv}:`)).to.equal('')
  })

  it('never lets the wrong key through as text of another kind of failure', async () => {
    const other = new KeySetModule('other keys', Buffer.alloc(96, 7))
    for (let run = 0; run < 2000; run++) {
      const stored = await encryptValue(new KeySetModule('keys', Buffer.alloc(96, 9)), `secret ${run} with some length`)
      expect(await failureOf(decryptValue(other, stored))).to.include({code: 'INTEGRITY'})
    }
  })

  it('refuses to store the mark of a failed decryption as a secret', async () => {
    const error = await failureOf(encryptValue(vectorModule(), 'FAILED TO DECRYPT PASSWORD!'))
    expect(error).to.include({code: 'REFUSED'})
  })

  it('gives back any text and any bytes', async () => {
    const module = new KeySetModule('keys', Buffer.alloc(96, 9))
    await fc.assert(
      fc.asyncProperty(fc.string({unit: 'grapheme'}), fc.uint8Array({maxLength: 300}), async (text, bytes) => {
        expect(await decryptValue(module, await encryptValue(module, text))).to.equal(text)
        expect(await decryptPin(module, await encryptPin(module, text))).to.equal(text)
        const secret = await decryptTokenSecret(module, await encryptTokenSecret(module, bytes))
        expect(secret.equals(bytes)).to.equal(true)
      }),
    )
  })

  it('takes a fresh IV for each value', async () => {
    const module = new KeySetModule('keys', Buffer.alloc(96, 9))
    const stored = await Promise.all(Array.from({length: 100}, () => encryptValue(module, 'same')))

    expect(new Set(stored).size).to.equal(100)
  })

  it('keeps no key after it was closed', async () => {
    const module = new KeySetModule('keys', Buffer.alloc(96, 9))
    await module.close()

    expect(await failureOf(encryptValue(module, 'x'))).to.include({code: 'UNAVAILABLE'})
  })

  it('does with a short file what its keys allow', async () => {
    const module = new KeySetModule('keys', Buffer.alloc(40, 9))

    expect(await decryptPin(module, await encryptPin(module, '1'))).to.equal('1')
    expect(await failureOf(encryptValue(module, 'x'))).to.include({code: 'CONFIG'})
  })
})
