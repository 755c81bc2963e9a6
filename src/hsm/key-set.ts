import {createSecretKey, randomBytes} from 'node:crypto'
import {blockBytes, decryptCbcRaw, encryptCbc, removePkcs7} from '../lib/crypto/aes.js'
import {removeLegacyPad} from '../lib/crypto/legacy-padding.js'
import {PiError} from '../lib/errors.js'
import type {BulkEncrypter, KeyExporter, KeySlot, SecurityModule} from '../lib/security-module.js'

const keyBytes = 32
const slotOffset: Record<KeySlot, number> = {token: 0, config: keyBytes, value: 2 * keyBytes}

/**
 * A security module whose keys are in memory: those of a key file, however it was protected (spec/02 §4.1).
 * `keys` is taken over and overwritten by `close`.
 */
export class KeySetModule implements SecurityModule, KeyExporter, BulkEncrypter {
  readonly description: string
  readonly #keys: Buffer
  #closed = false

  constructor(description: string, keys: Buffer) {
    this.description = description
    this.#keys = keys
  }

  async encrypt(slot: KeySlot, plaintext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    return encryptCbc(this.#key(slot), iv, plaintext)
  }

  async encryptAll(slot: KeySlot, plaintexts: readonly Uint8Array[], ivs: Buffer): Promise<Buffer[]> {
    const key = createSecretKey(this.#key(slot))
    return plaintexts.map((plaintext, at) =>
      encryptCbc(key, ivs.subarray(at * blockBytes, (at + 1) * blockBytes), plaintext),
    )
  }

  async decrypt(slot: KeySlot, ciphertext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    const padded = decryptCbcRaw(this.#key(slot), iv, ciphertext)
    const plaintext = padded && (removePkcs7(padded) ?? removeLegacyPad(padded))
    if (!plaintext) {
      throw new PiError('INTEGRITY', `The value cannot be decrypted with the ${slot} key of ${this.description}.`, {
        hints: ['Is this the key of this database?'],
      })
    }
    return plaintext
  }

  async random(length: number): Promise<Buffer> {
    return randomBytes(length)
  }

  exportKeys(): Buffer {
    if (this.#closed) throw new PiError('UNAVAILABLE', `The ${this.description} is closed.`)
    return Buffer.from(this.#keys)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#keys.fill(0)
  }

  /** A shorter file serves as long as the wanted key is complete. */
  #key(slot: KeySlot): Buffer {
    if (this.#closed) throw new PiError('UNAVAILABLE', `The ${this.description} is closed.`)
    const offset = slotOffset[slot]
    const key = this.#keys.subarray(offset, offset + keyBytes)
    if (key.length === keyBytes) return key
    throw new PiError('CONFIG', `The ${this.description} has no ${slot} key (key ${offset / keyBytes} of 0 to 2).`)
  }
}
