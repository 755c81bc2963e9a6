import {expect} from 'chai'
import fc from 'fast-check'
import * as encodings from '../../../../src/lib/crypto/encodings.js'

const pairs: [name: string, encode: (bytes: Uint8Array) => string, decode: (text: string) => Buffer | undefined][] = [
  ['hex', encodings.encodeHex, encodings.decodeHex],
  ['base32', encodings.encodeBase32, encodings.decodeBase32],
  ['base32 unpadded', (bytes) => encodings.encodeBase32(bytes, {padded: false}), encodings.decodeBase32],
  ['base58', encodings.encodeBase58, encodings.decodeBase58],
  ['base64 unpadded', encodings.encodeBase64Bare, encodings.decodeBase64],
  ['ab64', encodings.encodeAb64, encodings.decodeAb64],
  ['modhex', encodings.encodeModhex, encodings.decodeModhex],
]

describe('encodings', () => {
  for (const [name, encode, decode] of pairs) {
    it(`${name} gives back any bytes`, () => {
      fc.assert(
        fc.property(fc.uint8Array(), (bytes) => {
          expect(decode(encode(bytes))?.equals(bytes)).to.equal(true)
        }),
      )
    })

    it(`${name} says so when a text is not in it, and never fails`, () => {
      fc.assert(
        fc.property(fc.string({unit: 'binary'}), (text) => {
          const bytes = decode(text)
          if (bytes) expect(decode(encode(bytes))?.equals(bytes)).to.equal(true)
        }),
        {numRuns: 1000},
      )
      expect(decode('ä')).to.equal(undefined)
      expect(decode('a b')).to.equal(undefined)
    })
  }

  it('follows RFC 4648 §10', () => {
    const vectors = {'': '', f: 'MY======', fo: 'MZXQ====', foo: 'MZXW6===', foob: 'MZXW6YQ=', fooba: 'MZXW6YTB'}
    for (const [plain, text] of Object.entries(vectors)) {
      expect(encodings.encodeBase32(Buffer.from(plain))).to.equal(text)
      expect(encodings.decodeBase32(text)?.toString()).to.equal(plain)
      expect(encodings.decodeBase32(text.toLowerCase().replaceAll('=', ''))?.toString()).to.equal(plain)
    }
    for (const bad of ['A', 'M1', 'MY=====', 'MY===', 'M=Y=====', 'MY ======']) {
      expect(encodings.decodeBase32(bad), bad).to.equal(undefined)
    }
  })

  it('refuses base64 with impossible padding', () => {
    for (const bad of ['a', 'aa=', 'aaaa=', 'a=aa', 'aa==a', 'aa\n=']) {
      expect(encodings.decodeBase64(bad), bad).to.equal(undefined)
    }
    expect(encodings.decodeBase64('YQ==')?.toString()).to.equal('a')
  })

  it('keeps leading zero bytes in base58', () => {
    expect(encodings.encodeBase58(Buffer.from('0000287fb4cd', 'hex'))).to.equal('11233QC4')
    expect(encodings.decodeBase58('11233QC4')?.toString('hex')).to.equal('0000287fb4cd')
  })

  it('reads Yubico modhex', () => {
    expect(encodings.decodeModhex('CbDefghijklnrtuv')?.toString('hex')).to.equal('0123456789abcdef')
    expect(encodings.encodeModhex(Buffer.from('0123456789abcdef', 'hex'))).to.equal('cbdefghijklnrtuv')
  })

  it('takes only valid UTF-8 for text', () => {
    expect(encodings.decodeUtf8(Buffer.from('ä€😀'))).to.equal('ä€😀')
    expect(encodings.decodeUtf8(Buffer.from('efbbbf41', 'hex'))).to.equal('\ufeffA')
    for (const bad of ['ff', 'c3', 'eda080', 'c0af']) {
      expect(encodings.decodeUtf8(Buffer.from(bad, 'hex')), bad).to.equal(undefined)
    }
  })
})
