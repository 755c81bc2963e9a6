import {PiError} from '../errors.js'
import {hasAbility, type BulkEncrypter, type IvSource, type KeySlot, type SecurityModule} from '../security-module.js'
import {blockBytes} from './aes.js'
import {decodeHex, decodeUtf8, encodeHex} from './encodings.js'

/** Ciphertext and IV of two columns, both lower-case hex (`key_enc` and `key_iv`, `user_pin` and `user_pin_iv`, …). */
export interface SplitSecret {
  ciphertext: string
  iv: string
}

/** What the original's library returns instead of failing; a secret must never be set to it (spec/02 §5.3). */
export const decryptionFailedText = 'FAILED TO DECRYPT PASSWORD!'

/** How the column of a reversible OTP PIN starts. */
export const encryptedPinMark = '@@'

/**
 * Encrypts what belongs to a token: its secret, a smartcard PIN (spec/02 §5.1). Text is UTF-8; for OATH types the
 * secret is the hex text of the seed, not its bytes.
 */
export async function encryptTokenSecret(security: SecurityModule, secret: string | Uint8Array): Promise<SplitSecret> {
  const iv = await newIvs(security)
  const ciphertext = await security.encrypt('token', toBytes(secret), iv)
  return {ciphertext: encodeHex(ciphertext), iv: encodeHex(iv)}
}

/**
 * The inverse of {@link encryptTokenSecret}; a row without ciphertext has the empty secret.
 * @throws PiError INTEGRITY (damaged, or another key), UNAVAILABLE
 */
export async function decryptTokenSecret(security: SecurityModule, {ciphertext, iv}: SplitSecret): Promise<Buffer> {
  if (ciphertext === '') return Buffer.alloc(0)
  return decryptParts(security, 'token', iv, ciphertext)
}

/** Encrypts a value of type "password" (spec/02 §5.1, config key). @returns `hex(IV):hex(C)` */
export function encryptValue(security: SecurityModule, text: string): Promise<string> {
  return encryptText(security, 'config', text)
}

/**
 * The inverse of {@link encryptValue}.
 * @throws PiError INTEGRITY (no encrypted value, damaged, another key, no UTF-8), UNAVAILABLE
 */
export function decryptValue(security: SecurityModule, stored: string | null | undefined): Promise<string> {
  return decryptText(security, 'config', stored ?? '')
}

/** A reversible OTP PIN as `token.pin_hash` keeps it: `@@hex(IV):hex(C)` (token key). */
export async function encryptPin(security: SecurityModule, pin: string): Promise<string> {
  return encryptedPinMark + (await encryptText(security, 'token', pin))
}

/** The inverse of {@link encryptPin}. @throws PiError INTEGRITY, UNAVAILABLE */
export function decryptPin(security: SecurityModule, stored: string): Promise<string> {
  if (!isEncryptedPin(stored)) throw damaged()
  return decryptText(security, 'token', stored.slice(encryptedPinMark.length))
}

/** Whether a `pin_hash` is a reversible PIN. */
export function isEncryptedPin(stored: string): boolean {
  return stored.startsWith(encryptedPinMark)
}

/**
 * IVs for so many values that are to be encrypted, 16 bytes each, one after the other. Take them from here rather than
 * from `random`: during a key rotation they tell under which key a value is.
 */
export function newIvs(security: SecurityModule, count = 1): Promise<Buffer> {
  if (hasAbility<IvSource>(security, 'newIvs')) return security.newIvs(count)
  return security.random(count * blockBytes)
}

/**
 * Many values at once, each under its own IV of {@link newIvs}; a device works on all of them at the same time.
 * @param ivs 16 bytes for each, one after the other
 */
export async function encryptAll(
  security: SecurityModule,
  slot: KeySlot,
  plaintexts: readonly Uint8Array[],
  ivs: Buffer,
): Promise<Buffer[]> {
  if (hasAbility<BulkEncrypter>(security, 'encryptAll')) return security.encryptAll(slot, plaintexts, ivs)
  return Promise.all(
    plaintexts.map((plaintext, at) =>
      security.encrypt(slot, plaintext, ivs.subarray(at * blockBytes, (at + 1) * blockBytes)),
    ),
  )
}

/** Whether a text has the form of an encrypted value (spec/02 §7). */
export function looksEncrypted(text: string): boolean {
  return /^[0-9a-f]{32}:([0-9a-f]{32})+$/.test(text)
}

async function encryptText(security: SecurityModule, slot: KeySlot, text: string): Promise<string> {
  if (text === decryptionFailedText) {
    throw new PiError('REFUSED', 'This is the mark of a value that could not be decrypted, not a secret.')
  }
  const iv = await newIvs(security)
  return `${encodeHex(iv)}:${encodeHex(await security.encrypt(slot, toBytes(text), iv))}`
}

async function decryptText(security: SecurityModule, slot: KeySlot, stored: string): Promise<string> {
  const colon = stored.indexOf(':')
  if (colon < 0) throw damaged()
  const bytes = await decryptParts(security, slot, stored.slice(0, colon), stored.slice(colon + 1))
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new PiError('INTEGRITY', 'The value was encrypted with another key.')
  return text
}

/** An empty ciphertext is empty, without asking the module (spec/02 §5.3, §5.4). */
async function decryptParts(
  security: SecurityModule,
  slot: KeySlot,
  ivHex: string,
  ciphertextHex: string,
): Promise<Buffer> {
  const iv = decodeHex(ivHex.trim())
  const ciphertext = decodeHex(ciphertextHex.trim())
  if (iv?.length !== blockBytes || !ciphertext) throw damaged()
  if (ciphertext.length === 0) return ciphertext
  if (ciphertext.length % blockBytes !== 0) throw damaged()
  return security.decrypt(slot, ciphertext, iv)
}

function damaged(): PiError {
  return new PiError('INTEGRITY', 'The value is not in the form of an encrypted value.')
}

function toBytes(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret
}
