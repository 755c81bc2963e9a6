import {expect} from 'chai'
import {ocra, parseOcraSuite} from '../../../../../src/lib/crypto/otp/ocra.js'

const digits = '1234567890'
const key = (bytes: number) => Buffer.from(digits.repeat(7).slice(0, bytes), 'ascii')
const respond = (suite: string, bytes: number, input: Parameters<typeof ocra>[2]) =>
  ocra(key(bytes), parseOcraSuite(suite), input)

describe('OCRA', () => {
  it('gives the one-way values of RFC 6287 C.1', () => {
    const plain = '237653 243178 653583 740991 608993 388898 816933 224598 750600 294470'.split(' ')
    for (const [digit, expected] of plain.entries()) {
      expect(respond('OCRA-1:HOTP-SHA1-6:QN08', 20, {question: String(digit).repeat(8)})).to.equal(expected)
    }

    const withCounter = '65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 75011558 08522129'
    for (const [counter, expected] of withCounter.split(' ').entries()) {
      const input = {question: '12345678', counter, pin: '1234'}
      expect(respond('OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1', 32, input)).to.equal(expected)
    }

    const withPin = '83238735 01501458 17957585 86776967 86807031'.split(' ')
    for (const [digit, expected] of withPin.entries()) {
      const input = {question: String(digit).repeat(8), pin: '1234'}
      expect(respond('OCRA-1:HOTP-SHA256-8:QN08-PSHA1', 32, input)).to.equal(expected)
    }

    const time = '95209754 55907591 22048402 24218844 36209546'.split(' ')
    for (const [digit, expected] of time.entries()) {
      const input = {question: String(digit).repeat(8), timeStep: 0x132d0b6n}
      expect(respond('OCRA-1:HOTP-SHA512-8:QN08-T1M', 64, input)).to.equal(expected)
    }
  })

  it('gives the alphanumeric values of RFC 6287 C.2', () => {
    expect(respond('OCRA-1:HOTP-SHA256-8:QA08', 32, {question: 'SIG10000'})).to.equal('53095496')
    expect(respond('OCRA-1:HOTP-SHA256-8:QA08', 32, {question: 'CLI22220SRV11110'})).to.equal('28247970')
    const input = {question: 'SIG1000000', timeStep: 0x132d0b6n}
    expect(respond('OCRA-1:HOTP-SHA512-8:QA10-T1M', 64, input)).to.equal('77537423')
  })

  it('gives the values of the default suites', () => {
    expect(respond('OCRA-1:HOTP-SHA1-6:QN10', 20, {question: '1234567890'})).to.equal('086548')
    const question = 'b1be07b3107eac023837749b0ca49da9fbaedc17'
    expect(respond('OCRA-1:HOTP-SHA1-8:QH40', 20, {question})).to.equal('10708731')
  })

  it('refuses suites without a truncated response and broken ones', () => {
    for (const suite of [
      'OCRA-1:HOTP-SHA1-0:QN08',
      'OCRA-1:HOTP-SHA1-6',
      'OCRA-2:HOTP-SHA1-6:QN08',
      'OCRA-1:HOTP-SHA1-6:QX08',
      '',
    ]) {
      expect(() => parseOcraSuite(suite), suite).to.throw('is not an OCRA suite')
    }
  })

  it('refuses what it cannot compute', () => {
    expect(() => respond('OCRA-1:HOTP-SHA256-8:C-QN08', 32, {question: '12345678'})).to.throw('needs a counter')
    expect(() => respond('OCRA-1:HOTP-SHA1-6:QN08', 20, {question: 'abc'})).to.throw('does not have the form')
    expect(() => respond('OCRA-1:HOTP-SHA1-6:QN08-S064', 20, {question: '1'})).to.throw('session')
  })
})
