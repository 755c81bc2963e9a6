import {expect} from 'chai'
import {pw} from '../../../../../src/lib/tokens/kinds/pw.js'
import {registration} from '../../../../../src/lib/tokens/kinds/registration.js'
import {spass} from '../../../../../src/lib/tokens/kinds/spass.js'
import {sshkey} from '../../../../../src/lib/tokens/kinds/sshkey.js'
import {tan} from '../../../../../src/lib/tokens/kinds/tan.js'
import {yubikey} from '../../../../../src/lib/tokens/kinds/yubikey.js'
import {applied, testEnv, testToken} from '../../../../support/token-check.js'

describe('tokens with secrets that stay', () => {
  it('spass takes the PIN for the whole password', async () => {
    const env = testEnv({pin: 'geheim'})

    expect((await spass.checkPass!(testToken(), 'geheim', env)).accepted).to.equal(true)
    expect((await spass.checkPass!(testToken(), 'geheim1', env)).accepted).to.equal(false)
  })

  it('pw compares the password exactly', async () => {
    const env = testEnv({secret: 'Pä55'})

    expect((await pw.checkOtp(testToken(), 'Pä55', env)).accepted).to.equal(true)
    expect((await pw.checkOtp(testToken(), 'pä55', env)).accepted).to.equal(false)
    expect((await pw.checkOtp(testToken(), '', env)).accepted).to.equal(false)
  })

  it('registration is deleted by its use', async () => {
    const env = testEnv({secret: 'code'})

    expect(await registration.checkOtp(testToken(), 'code', env)).to.deep.include({accepted: true})
    expect(registration.afterSuccess!(testToken())).to.deep.equal([{change: 'delete'}])
  })

  it('sshkey logs nobody in', async () => {
    expect((await sshkey.checkOtp(testToken(), '', testEnv({secret: ''}))).accepted).to.equal(false)
  })
})

describe('tan', () => {
  const info = {
    'tan.tan0': '0011aabb:58e739138b7610785595eee5f8e377fc8bb141bbaf537d7c375c3fcf5608fd88',
    'tan.tan1': 'broken',
  }

  it('takes a number once', async () => {
    const token = testToken({type: 'tan', info})

    expect(applied(token, await tan.checkOtp(token, '755224', testEnv()))).to.equal(true)
    expect(applied(token, await tan.checkOtp(token, '755224', testEnv()))).to.equal(false)
    expect([...token.info.keys()]).to.deep.equal(['tan.tan1'])
  })

  it('takes no other', async () => {
    const token = testToken({type: 'tan', info})

    expect((await tan.checkOtp(token, '755225', testEnv())).accepted).to.equal(false)
    expect((await tan.checkOtp(token, '', testEnv())).accepted).to.equal(false)
  })
})

describe('yubikey', () => {
  const env = testEnv({secret: '000102030405060708090a0b0c0d0e0f'})
  const prefix = 'vvcccccccccb'
  const values = [
    'lcelenjbuuenkvcelkhcrrjhcfbkckug',
    'ncgveijfkvhtcecnncvccefjjcghdnni',
    'givdjkvkubjltenjrtrjtjibkbkvjtik',
  ]

  it('counts usage and session, which only grow', async () => {
    const token = testToken({type: 'yubikey', otplen: 44})

    expect(applied(token, await yubikey.checkOtp(token, prefix + values[0], env))).to.equal(true)
    expect(token.count).to.equal(257)
    expect(token.info.get('yubikey.tokenid')?.value).to.equal('a1b2c3d4e5f6')
    expect(token.info.get('yubikey.prefix')?.value).to.equal(prefix)
    expect(applied(token, await yubikey.checkOtp(token, prefix + values[0], env))).to.equal(false)
    expect(applied(token, await yubikey.checkOtp(token, prefix + values[2], env))).to.equal(true)
    expect(token.count).to.equal(66052)
    expect(applied(token, await yubikey.checkOtp(token, prefix + values[1], env))).to.equal(false)
  })

  it('stays bound to the private id of the first use', async () => {
    const token = testToken({type: 'yubikey', info: {'yubikey.tokenid': 'a1b2c3d4e5f7'}})

    expect((await yubikey.checkOtp(token, prefix + values[0], env)).accepted).to.equal(false)
  })

  it('takes nothing that is damaged or no modhex', async () => {
    for (const otp of ['', 'abc', `${prefix}${values[0]!.slice(0, -1)}c`, 'z'.repeat(44)]) {
      expect((await yubikey.checkOtp(testToken(), otp, env)).accepted, otp).to.equal(false)
    }
  })
})
