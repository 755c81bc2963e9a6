import {createHash} from 'node:crypto'
import {expect} from 'chai'
import fc from 'fast-check'
import {decryptEnckey, encryptEnckey, isEncryptedEnckey} from '../../../../src/lib/crypto/enckey.js'
import {vectorIv, vectorKeys} from './vectors.js'

const random = () => vectorIv

describe('a key file with a password', () => {
  it('is written as in spec/02 §12.5', async () => {
    const text = await encryptEnckey(vectorKeys, 'topSecret', random)

    expect(text).to.have.length(449)
    expect(createHash('sha256').update(text).digest('hex')).to.equal(
      '837e3798cb94d06b06f8f2479d3d8f5ccce103cc2599769a257514690643b9e4',
    )
    expect(isEncryptedEnckey(Buffer.from(text))).to.equal(true)
    expect(isEncryptedEnckey(vectorKeys)).to.equal(false)
  })

  it('is read with blanks and line ends around', async () => {
    const text = await encryptEnckey(vectorKeys, 'topSecret', random)

    for (const content of [text, `${text}\n`, ` ${text}\r\n`, Buffer.from(text)]) {
      expect(decryptEnckey(content, 'topSecret').equals(vectorKeys)).to.equal(true)
    }
  })

  it('tells a wrong password', async () => {
    const text = await encryptEnckey(vectorKeys, 'topSecret', random)

    for (const password of ['wrong', 'x', 'zzz', '', 'topSecret ']) {
      expect(() => decryptEnckey(text, password)).to.throw(/password of the encryption key is wrong/)
    }
  })

  it('tells a damaged file', async () => {
    const text = await encryptEnckey(vectorKeys, 'topSecret', random)

    for (const damaged of [text.slice(0, 200), text.replace(':', ''), `${text}00`, 'x'.repeat(449), `${text}:00`, '']) {
      expect(() => decryptEnckey(damaged, 'topSecret')).to.throw(/key file/)
    }
  })

  it('gives back any keys under any password', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({maxLength: 96, minLength: 96}),
        fc.string({unit: 'grapheme'}),
        async (keys, password) => {
          expect(decryptEnckey(await encryptEnckey(keys, password), password).equals(keys)).to.equal(true)
        },
      ),
    )
  })
})
