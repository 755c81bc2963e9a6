import {decryptEnckey} from '../../lib/crypto/enckey.js'
import {PiError} from '../../lib/errors.js'
import type {PasswordSources} from '../contract.js'
import {KeySetModule} from '../key-set.js'
import {findPassword} from '../password.js'

/**
 * A key file protected by a password (spec/02 §4.3).
 * @throws PiError UNAVAILABLE (no password to be had), INTEGRITY (wrong password)
 */
export async function openEncryptedEnckey(
  path: string,
  content: Buffer,
  sources: PasswordSources,
): Promise<KeySetModule> {
  const password = await findPassword(sources)
  if (password === undefined) {
    throw new PiError('UNAVAILABLE', `hsm not ready! The key file ${path} is protected by a password.`, {
      hints: ['Give it with --enckey-password-file FILE'],
    })
  }
  return new KeySetModule(`encrypted key file ${path}`, decryptEnckey(content, password))
}
