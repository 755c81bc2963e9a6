import {decodeHex} from '../../crypto/encodings.js'
import {otpHash, type HotpOptions} from '../../crypto/otp/hotp.js'
import {PiError} from '../../errors.js'
import type {CheckEnv, TokenView} from '../contract.js'

/** The key of an OATH token: its secret is the hex text of the key. @throws PiError INTEGRITY */
export async function oathKey(token: TokenView, env: CheckEnv): Promise<Buffer> {
  const key = decodeHex((await env.secret()).trim())
  if (!key) throw new PiError('INTEGRITY', `The secret of token ${token.serial} is not hexadecimal.`)
  return key
}

export function oathOptions(token: TokenView): HotpOptions {
  return {algorithm: otpHash(token.info.get('hashlib')?.value), digits: token.otplen}
}
