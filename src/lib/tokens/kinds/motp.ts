import {sameText} from '../../crypto/compare.js'
import {motp as motpValue} from '../../crypto/otp/motp.js'
import {refused, type TokenKind} from '../contract.js'

/** Seconds of a time step. */
const stepSeconds = 10

/** Mobile-OTP with a PIN inside of the value; stored as in spec/06 §2. */
export const motp: TokenKind = {
  type: 'motp',
  serialPrefix: 'PIMO',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  /** Twice the count window of steps around now, the first match; a step is used once and never an older one after it. */
  async checkOtp(token, otp, env) {
    const [secret, pin] = [await env.secret(), await env.userPin()]
    const now = Math.trunc(env.now / 1000 / stepSeconds)
    const window = 2 * token.countWindow
    for (let step = now - window; step < now + window; step++) {
      if (!sameText(motpValue(step, secret, pin, token.otplen), otp)) continue
      return step > token.count ? {accepted: true, changes: [{change: 'count', to: step}]} : refused
    }
    return refused
  },
}
