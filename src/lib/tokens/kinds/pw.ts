import {sameText} from '../../crypto/compare.js'
import type {CheckEnv, OtpOutcome, TokenKind, TokenView} from '../contract.js'

/** A secret text that may be used again and again (spec/06 §3.2). */
export async function checkPassword(_token: TokenView, otp: string, env: CheckEnv): Promise<OtpOutcome> {
  return {accepted: sameText(await env.secret(), otp), changes: []}
}

/** A password behind the PIN; the OTP length is that of the password. */
export const pw: TokenKind = {
  type: 'pw',
  serialPrefix: 'PW',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkPassword,
}
