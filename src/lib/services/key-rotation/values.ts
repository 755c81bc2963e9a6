import {hasEncryptedForm} from '../../crypto/encrypted-grammar.js'
import {decodeUtf8, encodeHex} from '../../crypto/encodings.js'
import {encryptedPinMark} from '../../crypto/secret-values.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import type {EncryptedForm} from '../../store/encrypted-places.js'
import type {EncryptedValue, NewStored} from '../../store/encrypted-values.js'

/** IV and ciphertext of a stored value. */
export interface Parts {
  iv: Buffer
  ciphertext: Buffer
}

/** @returns undefined when the text does not have the form that its column prescribes */
export function partsOf({place: {form}, stored, iv = ''}: EncryptedValue): Parts | undefined {
  if (!hasEncryptedForm(form, stored, iv)) return undefined
  if (form === 'split') return {iv: Buffer.from(iv, 'hex'), ciphertext: Buffer.from(stored, 'hex')}
  const start = form === 'pin' ? encryptedPinMark.length : 0
  const colon = stored.indexOf(':')
  return {
    iv: Buffer.from(stored.slice(start, colon), 'hex'),
    ciphertext: Buffer.from(stored.slice(colon + 1), 'hex'),
  }
}

/** The inverse of {@link partsOf}. */
export function storedOf(form: EncryptedForm, {iv, ciphertext}: Parts): NewStored {
  if (form === 'split') return {stored: encodeHex(ciphertext), iv: encodeHex(iv)}
  return {stored: `${form === 'pin' ? encryptedPinMark : ''}${encodeHex(iv)}:${encodeHex(ciphertext)}`}
}

/**
 * Decrypts what must be text, as almost everything stored is: another key leaves a valid padding now and then, but hardly
 * ever a text behind it.
 * @returns undefined when it is not under this key
 * @throws PiError UNAVAILABLE, CONFIG
 */
export async function decryptStored(
  module: SecurityModule,
  {place: {slot}, binary}: EncryptedValue,
  {iv, ciphertext}: Parts,
): Promise<Buffer | undefined> {
  try {
    const plaintext = await module.decrypt(slot, ciphertext, iv)
    return binary || decodeUtf8(plaintext) !== undefined ? plaintext : undefined
  } catch (error) {
    if (error instanceof PiError && error.code === 'INTEGRITY') return undefined
    throw error
  }
}
