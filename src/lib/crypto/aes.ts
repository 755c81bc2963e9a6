import {createCipheriv, createDecipheriv, type KeyObject} from 'node:crypto'

/** AES block size and length of an IV, in bytes. */
export const blockBytes = 16

/**
 * AES-CBC with PKCS#7 padding; the key size (16, 24 or 32 bytes) chooses the variant.
 * @param iv 16 bytes
 */
export function encryptCbc(key: KeyObject | Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm(key), key, iv)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}

/** AES-CBC of whole blocks, nothing added. @throws RangeError when the plaintext is no multiple of 16 bytes */
export function encryptCbcRaw(key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Buffer {
  if (blocks.length % blockBytes !== 0) throw new RangeError('AES-CBC without padding needs whole blocks')
  const cipher = createCipheriv(algorithm(key), key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(blocks), cipher.final()])
}

/** AES-CBC with the padding left in place; undefined when the IV or the length is impossible. */
export function decryptCbcRaw(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Buffer | undefined {
  if (iv.length !== blockBytes || ciphertext.length % blockBytes !== 0) return undefined
  const decipher = createDecipheriv(algorithm(key), key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

/** One block without chaining, e.g. a Yubikey's OTP (AES-128-ECB). @returns undefined for another length than 16 */
export function decryptBlock(key: Uint8Array, block: Uint8Array): Buffer | undefined {
  if (block.length !== blockBytes) return undefined
  const decipher = createDecipheriv(algorithm(key, 'ecb'), key, null).setAutoPadding(false)
  return Buffer.concat([decipher.update(block), decipher.final()])
}

/** Strips PKCS#7 padding (RFC 5652 §6.3); undefined when it is not there. */
export function removePkcs7(padded: Buffer): Buffer | undefined {
  const count = padded[padded.length - 1]
  if (count === undefined || count === 0 || count > blockBytes || count > padded.length) return undefined
  const end = padded.length - count
  for (let at = end; at < padded.length; at++) if (padded[at] !== count) return undefined
  return padded.subarray(0, end)
}

function algorithm(key: KeyObject | Uint8Array, mode: 'cbc' | 'ecb' = 'cbc'): string {
  const bytes = 'symmetricKeySize' in key ? (key.symmetricKeySize ?? 0) : (key as Uint8Array).length
  return `aes-${bytes * 8}-${mode}`
}
