import {createCipheriv, createDecipheriv, randomBytes, type Cipher, type Decipher} from 'node:crypto'

const ivBytes = 16
const halfBytes = 8
const mark = Buffer.from('PIROTATE', 'ascii')

/**
 * Tells values under the new key from values under the old one. AES-CBC has no tag, so the key of a ciphertext cannot be
 * seen; but the writer chooses the IV. An IV of a run is the encryption of 64 random bits and a constant under a key that
 * belongs to the run: unpredictable for everybody else, recognised by the run's key, and never met by chance (2⁻⁶⁴).
 */
export class RunMark {
  readonly #encrypt: Cipher
  readonly #decrypt: Decipher

  /** @param key 16 bytes, kept in the state of the run */
  constructor(key: Uint8Array) {
    // One block after the other through the same object: ECB keeps nothing between blocks.
    this.#encrypt = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    this.#decrypt = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  }

  static newKey(): Buffer {
    return randomBytes(ivBytes)
  }

  /** So many marked IVs, one after the other. @param random 8 bytes for each, from the best generator at hand */
  make(random: Uint8Array): Buffer {
    const count = random.length / halfBytes
    const blocks = Buffer.alloc(count * ivBytes)
    for (let at = 0; at < count; at++) {
      blocks.set(random.subarray(at * halfBytes, (at + 1) * halfBytes), at * ivBytes)
      blocks.set(mark, at * ivBytes + halfBytes)
    }
    return this.#encrypt.update(blocks)
  }

  /** Whether a value with this IV was written under the new key by the run, or by a program that takes part in it. */
  isMarked(iv: Uint8Array): boolean {
    if (iv.length !== ivBytes) return false
    return this.#decrypt.update(iv).subarray(halfBytes).equals(mark)
  }
}

/** Random bytes that {@link RunMark.make} takes for so many IVs. */
export function markRandomBytes(count: number): number {
  return count * halfBytes
}
