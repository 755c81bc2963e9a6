import {sameText} from '../../crypto/compare.js'
import {findCounter, hotp} from '../../crypto/otp/hotp.js'
import {refused, type CheckEnv, type OtpOutcome, type TokenView} from '../contract.js'
import {oathKey, oathOptions} from './oath.js'
import {autoResyncIsOn, resyncByPair, resyncCounter} from './resync.js'

/**
 * Looks ahead `countWindow` counters from the next one expected (RFC 4226 §7.4). Accepting moves the counter behind the
 * value, which the service does with compare-and-set, so that a value is accepted once.
 */
export async function checkHotp(token: TokenView, otp: string, env: CheckEnv): Promise<OtpOutcome> {
  const key = await oathKey(token, env)
  const options = oathOptions(token)
  const counter = findCounter(key, otp, {first: token.count, end: token.count + token.countWindow, ...options})
  if (counter !== undefined) return {accepted: true, changes: [{change: 'count', to: counter + 1}]}
  return autoResyncIsOn(env) ? resyncCounter(token, otp, {key, options, env}) : refused
}

/** Whether the value is the one directly before the next one expected. */
export async function isPreviousHotp(token: TokenView, otp: string, env: CheckEnv): Promise<boolean> {
  return token.count > 0 && sameText(hotp(await oathKey(token, env), token.count - 1, oathOptions(token)), otp)
}

/** Sets the counter behind two values in sequence. */
export async function resyncHotp(token: TokenView, otp1: string, otp2: string, env: CheckEnv): Promise<OtpOutcome> {
  return resyncByPair(token, [otp1, otp2], {key: await oathKey(token, env), options: oathOptions(token)})
}
