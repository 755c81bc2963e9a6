import {expect} from 'chai'
import {findCounter, hotp, otpHash} from '../../../../../src/lib/crypto/otp/hotp.js'

const digits = '1234567890'
const key = (bytes: number) => Buffer.from(digits.repeat(7).slice(0, bytes), 'ascii')

describe('HOTP', () => {
  it('gives the values of RFC 4226 appendix D', () => {
    const expected = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')

    const values = expected.map((_, counter) => hotp(key(20), counter, {algorithm: 'sha1', digits: 6}))

    expect(values).to.deep.equal(expected)
  })

  it('gives the values of RFC 6238 appendix B', () => {
    const rows: [number, string, string, string][] = [
      [59, '94287082', '46119246', '90693936'],
      [1111111109, '07081804', '68084774', '25091201'],
      [1111111111, '14050471', '67062674', '99943326'],
      [1234567890, '89005924', '91819424', '93441116'],
      [2000000000, '69279037', '90698825', '38618901'],
      [20000000000, '65353130', '77737706', '47863826'],
    ]

    for (const [time, sha1, sha256, sha512] of rows) {
      const step = Math.floor(time / 30)
      expect(hotp(key(20), step, {algorithm: 'sha1', digits: 8})).to.equal(sha1)
      expect(hotp(key(32), step, {algorithm: 'sha256', digits: 8})).to.equal(sha256)
      expect(hotp(key(64), step, {algorithm: 'sha512', digits: 8})).to.equal(sha512)
    }
  })

  it('takes an unknown hash name for SHA-1 and any case of a known one', () => {
    expect(otpHash('SHA256')).to.equal('sha256')
    expect(otpHash('whirlpool')).to.equal('sha1')
    expect(otpHash(undefined)).to.equal('sha1')
  })

  it('finds the lowest counter of a range and nothing outside it', () => {
    const options = {algorithm: 'sha1', digits: 6} as const

    expect(findCounter(key(20), '969429', {first: 0, end: 4, ...options})).to.equal(3)
    expect(findCounter(key(20), '969429', {first: 0, end: 3, ...options})).to.equal(undefined)
    expect(findCounter(key(20), '755224', {first: -5, end: 1, ...options})).to.equal(0)
    expect(findCounter(key(20), '755224', {first: 1, end: 9, ...options})).to.equal(undefined)
  })
})
