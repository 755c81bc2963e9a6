import {createHash} from 'node:crypto'
import {sameText} from '../../crypto/compare.js'
import {decodeHex} from '../../crypto/encodings.js'
import type {PasswordContext} from '../../crypto/password-hash.js'
import {decryptPin, isEncryptedPin} from '../../crypto/secret-values.js'
import type {SecurityModule} from '../../security-module.js'

/**
 * Whether a PIN fits what is stored, in any of the forms of spec/02 §6.3. No PIN is met by the empty text only.
 * @throws PiError INTEGRITY (encrypted with another key), CONFIG (hash scheme), UNAVAILABLE
 */
export async function pinMatches(
  pin: string,
  {pinHash, pinSeed}: {pinHash: string; pinSeed: string},
  {hashes, security}: {hashes: PasswordContext; security: SecurityModule},
): Promise<boolean> {
  if (pinHash === '') return pin === ''
  if (isEncryptedPin(pinHash)) return sameText(await decryptPin(security, pinHash), pin)
  if (hashes.identify(pinHash)) return hashes.verify(pin, pinHash)
  const seed = decodeHex(pinSeed.trim()) ?? Buffer.alloc(0)
  return sameText(createHash('sha256').update(pin, 'utf8').update(seed).digest('hex'), pinHash)
}
