import {sameText} from '../../crypto/compare.js'
import type {CheckEnv, OtpOutcome, TokenView} from '../contract.js'

/** A secret text that may be used again and again (spec/06 §3.2). */
export async function checkPassword(_token: TokenView, otp: string, env: CheckEnv): Promise<OtpOutcome> {
  return {accepted: sameText(await env.secret(), otp), changes: []}
}
