import {createHash} from 'node:crypto'
import {PiError} from '../errors.js'
import {blockBytes, decryptCbcRaw, encryptCbcRaw} from './aes.js'
import {decodeHex, encodeHex} from './encodings.js'
import {legacyPad, removeLegacyPad} from './legacy-padding.js'
import {systemRandom, type RandomSource} from './random.js'

/** Bytes of a key file: three AES-256 keys (spec/02 §4.1). */
export const enckeyBytes = 96

/** The original takes a longer file for an encrypted one (spec/02 §4.2). */
export function isEncryptedEnckey(content: Uint8Array): boolean {
  return content.length > 100
}

/** Whether a content is, by its form, keys protected by a password. */
export function hasEncryptedEnckeyForm(content: Uint8Array): boolean {
  return /^\s*[0-9a-fA-F]{32}:(?:[0-9a-fA-F]{32})+\s*$/.test(Buffer.from(content).toString('latin1'))
}

/** Keys protected by a password: `hex(IV):hex(C)`, without line end (spec/02 §4.3). */
export async function encryptEnckey(
  keys: Uint8Array,
  password: string,
  random: RandomSource = systemRandom,
): Promise<string> {
  const iv = await random(blockBytes)
  const ciphertext = encryptCbcRaw(passwordKey(password), iv, legacyPad(keys))
  return `${encodeHex(iv)}:${encodeHex(ciphertext)}`
}

/**
 * The inverse of {@link encryptEnckey}; blanks and line ends around are ignored. There is no checksum: a wrong password
 * shows as text that is not the hex of 96 bytes.
 * @throws PiError INTEGRITY (not in the form, or wrong password)
 */
export function decryptEnckey(content: Uint8Array | string, password: string): Buffer {
  const [ivHex = '', ciphertextHex = '', ...rest] = Buffer.from(content).toString('latin1').trim().split(':')
  const iv = decodeHex(ivHex)
  const ciphertext = decodeHex(ciphertextHex)
  if (iv?.length !== blockBytes || !ciphertext || ciphertext.length === 0 || rest.length > 0) {
    throw new PiError('INTEGRITY', 'The key file is neither 96 bytes long nor in the form of an encrypted key file.')
  }
  const padded = decryptCbcRaw(passwordKey(password), iv, ciphertext)
  if (!padded) throw new PiError('INTEGRITY', 'The encrypted key file is damaged: its length is impossible.')
  const keys = removeLegacyPad(padded)
  if (keys?.length !== enckeyBytes) {
    throw new PiError('INTEGRITY', 'The password of the encryption key is wrong (or the key file is damaged).')
  }
  return keys
}

function passwordKey(password: string): Buffer {
  return createHash('sha256').update(password, 'utf8').digest()
}
