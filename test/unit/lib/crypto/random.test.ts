import {expect} from 'chai'
import * as random from '../../../../src/lib/crypto/random.js'

const give = (hex: string) => (length: number) => Buffer.from(hex, 'hex').subarray(0, length)

describe('random derivations (spec/02 §12.8)', () => {
  it('makes digits of bytes as the original does', async () => {
    const vectors = {
      '0001020304050607': '00000283686952306183',
      '0102030405060708': '00072623859790382856',
      '1bc16d674ec80000': '02000000000000000000',
      ffffffffffffffff: '18446744073709551615',
    }
    for (const [bytes, digits] of Object.entries(vectors)) {
      expect(await random.randomDigits(20, give(bytes))).to.equal(digits)
      expect(await random.newTransactionId(give(bytes))).to.equal(digits)
    }
  })

  it('takes as many bytes as the original', () => {
    expect([20, 16, 8, 6, 2].map(random.digitBytes)).to.deep.equal([8, 7, 3, 3, 1])
  })

  it('keeps the first digits of a longer number', async () => {
    expect(await random.randomDigits(6, give('ffffff'))).to.equal('167772')
    expect(await random.randomDigits(2, give('03'))).to.equal('03')
  })

  it('makes serials of the count and random hex', async () => {
    const serial = (prefix: string, count: number, hex: string, length = 8) =>
      random.newSerial({count, length, prefix, random: give(hex)})

    expect(await serial('OATH', 0, 'a1b2c3d4')).to.equal('OATH0000A1B2')
    expect(await serial('TOTP', 12_345, 'a1b2c3')).to.equal('TOTP12345A1B')
    expect(await serial('PISP', 7, '0f1e2d3c4b5a6978', 12)).to.equal('PISP00070F1E2D3C')
    expect(await serial('OATH', 123_456_789, '')).to.equal('OATH123456789')
  })

  it('makes random serials of digits and base32', async () => {
    expect(await random.newRandomSerial({length: 10, prefix: 'OATH'})).to.match(/^OATH[0-9]{4}[A-Z2-7]{6}$/)
    expect(await random.newRandomSerial({length: 3, prefix: 'OATH'})).to.match(/^OATH[0-9]{4}$/)
  })

  it('draws each character equally often, throwing away what would favour some', async () => {
    const counts = new Map<string, number>()
    for (const character of await random.randomAlphanumeric(62_000)) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }

    expect(counts.size).to.equal(62)
    for (const count of counts.values()) expect(count).to.be.within(800, 1200)
    const bytes = [Buffer.from('ff00', 'hex'), Buffer.from('01', 'hex')]
    expect(await random.randomCharacters('abc', 2, () => bytes.shift() ?? Buffer.alloc(0))).to.equal('ab')
  })
})
