import {sameText} from '../../crypto/compare.js'
import {findCounter, hotp as hotpValue} from '../../crypto/otp/hotp.js'
import {refused, type CheckEnv, type TokenKind, type TokenView} from '../contract.js'
import {oathKey, oathOptions} from '../shared/oath.js'
import {autoResyncIsOn, resyncByPair, resyncCounter} from '../shared/resync.js'

/**
 * Looks ahead `countWindow` counters from the next one expected (RFC 4226 §7.4). Accepting moves the counter behind the
 * value, which the service does with compare-and-set, so that a value is accepted once.
 */
export async function checkHotp(token: TokenView, otp: string, env: CheckEnv) {
  const key = await oathKey(token, env)
  const options = oathOptions(token)
  const counter = findCounter(key, otp, {first: token.count, end: token.count + token.countWindow, ...options})
  if (counter !== undefined) return {accepted: true, changes: [{change: 'count' as const, to: counter + 1}]}
  return autoResyncIsOn(env) ? resyncCounter(token, otp, {key, options, env}) : refused
}

export async function isPreviousHotp(token: TokenView, otp: string, env: CheckEnv): Promise<boolean> {
  return token.count > 0 && sameText(hotpValue(await oathKey(token, env), token.count - 1, oathOptions(token)), otp)
}

/** Event-based one-time passwords, RFC 4226; stored as in spec/06 §1.2. */
export const hotp: TokenKind = {
  type: 'hotp',
  serialPrefix: 'OATH',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkHotp,
  isPreviousOtp: isPreviousHotp,
  async resync(token, otp1, otp2, env) {
    return resyncByPair(token, [otp1, otp2], {key: await oathKey(token, env), options: oathOptions(token)})
  },
}
