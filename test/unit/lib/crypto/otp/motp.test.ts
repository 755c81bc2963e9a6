import {expect} from 'chai'
import {motp} from '../../../../../src/lib/crypto/otp/motp.js'

describe('mOTP', () => {
  it('gives the values of spec/06 §2', () => {
    expect(motp(129612120, '1234567890abcdef', '1234', 6)).to.equal('8e0c15')
    expect(motp(170000000, '1234567890abcdef', '1234', 6)).to.equal('660af9')
  })
})
