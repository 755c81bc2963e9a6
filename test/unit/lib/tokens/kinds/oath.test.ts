import {expect} from 'chai'
import {hotp as hotpValue} from '../../../../../src/lib/crypto/otp/hotp.js'
import type {TokenKind} from '../../../../../src/lib/tokens/contract.js'
import {daplug} from '../../../../../src/lib/tokens/kinds/daplug.js'
import {daypassword} from '../../../../../src/lib/tokens/kinds/daypassword.js'
import {hotp} from '../../../../../src/lib/tokens/kinds/hotp.js'
import {motp} from '../../../../../src/lib/tokens/kinds/motp.js'
import {paper} from '../../../../../src/lib/tokens/kinds/paper.js'
import {totp} from '../../../../../src/lib/tokens/kinds/totp.js'
import {
  applied,
  rfcSecret,
  testEnv,
  testToken,
  type TestEnvironment,
  type TestToken,
} from '../../../../support/token-check.js'

const key = Buffer.from(rfcSecret, 'hex')
const code = (counter: number) => hotpValue(key, counter, {algorithm: 'sha1', digits: 6})

async function accepts(kind: TokenKind, token: TestToken, otp: string, env: TestEnvironment = {}): Promise<boolean> {
  return applied(token, await kind.checkOtp(token, otp, testEnv(env)))
}

describe('hotp', () => {
  it('looks ahead as far as the count window, and moves behind the value', async () => {
    const token = testToken()

    expect(await accepts(hotp, token, code(9))).to.equal(true)
    expect(token.count).to.equal(10)
    expect(await accepts(hotp, token, code(20))).to.equal(false)
    expect(await accepts(hotp, token, code(19))).to.equal(true)
  })

  it('knows the value directly before as the previous one, and no other', async () => {
    const token = testToken({count: 3})

    expect(await hotp.isPreviousOtp!(token, code(2), testEnv())).to.equal(true)
    expect(await hotp.isPreviousOtp!(token, code(1), testEnv())).to.equal(false)
  })

  it('synchronises itself with two values in sequence in time', async () => {
    const env = {now: 1_000_000, config: {AutoResync: 'True'}}
    const token = testToken()

    expect(await accepts(hotp, token, '868912', env)).to.equal(false)
    expect(token.info.get('otp1c')?.value).to.equal('12')
    expect(token.info.get('dueDate')?.value).to.equal('1300')
    expect(await accepts(hotp, token, '736127', {...env, now: 1_299_000})).to.equal(true)
    expect(token.count).to.equal(14)
    expect([...token.info.keys()]).to.deep.equal([])
  })

  it('forgets the first of two values that are too far apart in time or order', async () => {
    const config = {AutoResync: '1', AutoResyncTimeout: '10'}
    const late = testToken({info: {otp1c: '12', dueDate: '1000'}})
    const apart = testToken({info: {otp1c: '12', dueDate: '2000'}})

    expect(await accepts(hotp, late, code(13), {config, now: 1_000_000})).to.equal(false)
    expect(await accepts(hotp, apart, code(14), {config, now: 1_000_000})).to.equal(false)
    expect([late.info.size, apart.info.size, late.count, apart.count]).to.deep.equal([0, 0, 0, 0])
  })

  it('does not synchronise itself unless it may', async () => {
    const token = testToken()

    expect(await accepts(hotp, token, code(12))).to.equal(false)
    expect(token.info.size).to.equal(0)
  })

  it('is set behind two values by hand', async () => {
    const token = testToken()

    expect(applied(token, await hotp.resync!(token, code(40), code(41), testEnv()))).to.equal(true)
    expect(token.count).to.equal(42)
    expect(applied(token, await hotp.resync!(token, code(50), code(52), testEnv()))).to.equal(false)
  })

  it('says whose secret is not hexadecimal', async () => {
    const token = testToken({serial: 'OATH1'})

    let message = ''
    try {
      await accepts(hotp, token, '1', {secret: 'zz'})
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).to.equal('The secret of token OATH1 is not hexadecimal.')
  })

  it('takes the hash that the token names', async () => {
    const token = testToken({otplen: 8, info: {hashlib: 'SHA256'}})

    expect(await accepts(hotp, token, '74875740')).to.equal(true)
  })
})

describe('totp', () => {
  const now = 1_700_000_000_000

  it('of 3.8 takes five steps back and six ahead, and notes the drift', async () => {
    for (const [otp, accepted] of [
      ['682841', false],
      [code(56666661), true],
      ['921300', true],
      ['310102', true],
      [code(56666673), false],
    ] as const) {
      expect(await accepts(totp, testToken({type: 'totp'}), otp, {now}), otp).to.equal(accepted)
    }
    const token = testToken({type: 'totp'})
    await accepts(totp, token, '921300', {now})
    expect([token.count, token.info.get('timeShift')?.value]).to.deep.equal([56666666, '-35.0'])
  })

  it('since 3.9 takes six steps back and five ahead', async () => {
    for (const [otp, accepted] of [
      ['527130', false],
      ['682841', true],
      ['398930', true],
      ['310102', false],
    ] as const) {
      expect(await accepts(totp, testToken({type: 'totp'}), otp, {now, truncates: true}), otp).to.equal(accepted)
    }
    const token = testToken({type: 'totp'})
    await accepts(totp, token, '921300', {now, truncates: true})
    expect(token.info.get('timeShift')?.value).to.equal('-20.0')
  })

  it('refuses a value again, and those before it', async () => {
    const token = testToken({type: 'totp'})
    await accepts(totp, token, '921300', {now})

    expect(await accepts(totp, token, '921300', {now})).to.equal(false)
    expect(await accepts(totp, token, code(56666665), {now})).to.equal(false)
    expect(await accepts(totp, token, code(56666667), {now})).to.equal(true)
  })

  it('ignores the time that a client names', async () => {
    const token = testToken({type: 'totp'})

    expect(await accepts(totp, token, '287082', {now, options: {initTime: '59'}})).to.equal(false)
  })

  it('gives the values of RFC 6238', async () => {
    for (const [seconds, otp] of [
      [59, '94287082'],
      [1111111109, '07081804'],
      [20000000000, '65353130'],
    ] as const) {
      const token = testToken({type: 'totp', otplen: 8, info: {timeStep: '30'}})
      expect(await accepts(totp, token, otp, {now: seconds * 1000, truncates: true})).to.equal(true)
    }
  })

  it('synchronises itself with two values in sequence', async () => {
    const env = {now, config: {AutoResync: 'true'}}
    const token = testToken({type: 'totp'})
    const far = 56666666 + 300

    expect(await accepts(totp, token, code(far), env)).to.equal(false)
    expect(token.info.get('otp1c')?.value).to.equal(String(far))
    expect(await accepts(totp, token, code(far + 1), env)).to.equal(true)
    expect([token.count, token.info.has('otp1c')]).to.deep.equal([far + 1, false])
    expect(await accepts(totp, token, code(far + 1), env)).to.equal(false)
  })

  it('is set by two values by hand, behind which it goes on', async () => {
    const token = testToken({type: 'totp'})
    const far = 56666666 - 500

    expect(applied(token, await totp.resync!(token, code(far), code(far + 1), testEnv({now})))).to.equal(true)
    expect(token.count).to.equal(far + 2)
    expect(await accepts(totp, token, code(far + 2), {now})).to.equal(false)
    expect(await accepts(totp, token, code(far + 3), {now})).to.equal(true)
  })
})

describe('other OATH tokens', () => {
  it('daplug types two letters a digit', async () => {
    const token = testToken({type: 'daplug'})

    expect(daplug.otpCharacters?.(token)).to.equal(12)
    expect(await accepts(daplug, token, 'eiegegededef')).to.equal(true)
    expect(await accepts(daplug, token, 'zzzzzzzzzzzz')).to.equal(false)
    expect(token.count).to.equal(1)
  })

  it('paper goes on like HOTP', async () => {
    const token = testToken({type: 'paper'})

    expect(await accepts(paper, token, '287082')).to.equal(true)
    expect(await accepts(paper, token, '287082')).to.equal(false)
  })

  it('daypassword may be used again in its period', async () => {
    const token = testToken({type: 'daypassword', info: {timeStep: '1d'}})
    const env = {now: 86_400_000 * 3 + 5000, truncates: true}

    expect(await accepts(daypassword, token, code(3), env)).to.equal(true)
    expect(await accepts(daypassword, token, code(3), env)).to.equal(true)
    expect(await accepts(daypassword, token, code(2), env)).to.equal(false)
  })

  it('motp has its PIN inside, and a value counts once', async () => {
    const token = testToken({type: 'motp'})
    const env = {secret: '1234567890abcdef', userPin: '1234', now: 1_700_000_000_000}

    expect(await accepts(motp, token, '660af9', {...env, userPin: '1235'})).to.equal(false)
    expect(await accepts(motp, token, '660af9', env)).to.equal(true)
    expect(token.count).to.equal(170000000)
    expect(await accepts(motp, token, '660af9', env)).to.equal(false)
    expect(await accepts(motp, testToken(), '660af9', {...env, now: env.now + 210_000})).to.equal(false)
  })
})
