import {createDecipheriv, createHmac, getCiphers, type KeyObject} from 'node:crypto'
import {removePkcs7} from '../../../lib/crypto/aes.js'
import {rsaCiphers} from './rsa.js'

/** How a value is decrypted: RFC 6030 §6, XML Encryption 1.1 §5. */
export interface ValueCipher {
  readonly name: string
  /** Length of the key, bytes. */
  readonly keyBytes: number
  /** It notices changes by itself, so that a value needs no MAC (RFC 6030 §6.2). */
  readonly authenticates: boolean
  /** Opens a value with a private key, in place of `decrypt`. */
  readonly asymmetric?: (key: KeyObject, data: Uint8Array) => Buffer | undefined
  /**
   * @param lenientPadding accepts the padding of XML Encryption, of which only the last byte means something
   * @returns undefined for a wrong key or damaged data
   */
  decrypt(key: Uint8Array, data: Uint8Array, lenientPadding: boolean): Buffer | undefined
}

function cbc(name: string, algorithm: string, keyBytes: number, blockBytes: number): ValueCipher {
  return {
    name,
    keyBytes,
    authenticates: false,
    decrypt(key, data, lenientPadding) {
      if (data.length < 2 * blockBytes || data.length % blockBytes !== 0) return undefined
      const decipher = createDecipheriv(algorithm, key, data.subarray(0, blockBytes)).setAutoPadding(false)
      const padded = Buffer.concat([decipher.update(data.subarray(blockBytes)), decipher.final()])
      const last = padded.at(-1) ?? 0
      if (last < 1 || last > blockBytes) return undefined
      return removePkcs7(padded) ?? (lenientPadding ? padded.subarray(0, -last) : undefined)
    },
  }
}

function gcm(name: string, algorithm: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm', keyBytes: number): ValueCipher {
  return {
    name,
    keyBytes,
    authenticates: true,
    decrypt(key, data) {
      if (data.length < 28) return undefined
      const decipher = createDecipheriv(algorithm, key, data.subarray(0, 12)).setAuthTag(data.subarray(-16))
      return attempt(() => Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]))
    },
  }
}

/** RFC 3394 key wrap; the cipher makes sure of the integrity. */
function wrap(name: string, algorithm: string, keyBytes: number): ValueCipher {
  return {
    name,
    keyBytes,
    authenticates: true,
    decrypt(key, data) {
      if (data.length < 24 || data.length % 8 !== 0) return undefined
      return attempt(() => {
        const decipher = createDecipheriv(algorithm, key, Buffer.alloc(8, 0xa6))
        return Buffer.concat([decipher.update(data), decipher.final()])
      })
    },
  }
}

/** RFC 3394 with Camellia (RFC 3657), which OpenSSL has only as a block cipher. */
function wrapOfBlocks(name: string, algorithm: string, keyBytes: number): ValueCipher {
  return {
    name,
    keyBytes,
    authenticates: true,
    decrypt(key, data) {
      if (data.length < 24 || data.length % 8 !== 0) return undefined
      const blocks = Buffer.from(data)
      const decipher = createDecipheriv(algorithm, key, null).setAutoPadding(false)
      const count = blocks.length / 8 - 1
      for (let round = 5; round >= 0; round--) {
        for (let index = count; index >= 1; index--) {
          const step = count * round + index
          const high = Buffer.from(blocks.subarray(0, 8))
          high.writeUInt32BE((high.readUInt32BE(4) ^ step) >>> 0, 4)
          const plain = decipher.update(Buffer.concat([high, blocks.subarray(index * 8, index * 8 + 8)]))
          plain.copy(blocks, 0, 0, 8)
          plain.copy(blocks, index * 8, 8, 16)
        }
      }
      return blocks.subarray(0, 8).equals(Buffer.alloc(8, 0xa6)) ? blocks.subarray(8) : undefined
    },
  }
}

/** CMS triple-DES key wrap (RFC 3217). */
const wrapTripleDes: ValueCipher = {
  name: 'kw-tripledes',
  keyBytes: 24,
  authenticates: true,
  decrypt(key, data) {
    if (data.length < 24 || data.length % 8 !== 0) return undefined
    return attempt(() => {
      const decipher = createDecipheriv('des3-wrap', key, null)
      return Buffer.concat([decipher.update(data), decipher.final()])
    })
  },
}

function attempt(work: () => Buffer): Buffer | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

const available = new Set(getCiphers())

/** By the part of the URI behind `#`, lower case. */
const ciphers: ReadonlyMap<string, ValueCipher> = new Map(
  [
    ...[128, 192, 256].flatMap((bits) => [
      cbc(`aes${bits}-cbc`, `aes-${bits}-cbc`, bits / 8, 16),
      wrap(`kw-aes${bits}`, `id-aes${bits}-wrap`, bits / 8),
      ...(available.has(`camellia-${bits}-cbc`)
        ? [
            cbc(`camellia${bits}-cbc`, `camellia-${bits}-cbc`, bits / 8, 16),
            wrapOfBlocks(`kw-camellia${bits}`, `camellia-${bits}-ecb`, bits / 8),
          ]
        : []),
    ]),
    gcm('aes128-gcm', 'aes-128-gcm', 16),
    gcm('aes192-gcm', 'aes-192-gcm', 24),
    gcm('aes256-gcm', 'aes-256-gcm', 32),
    cbc('tripledes-cbc', 'des-ede3-cbc', 24, 8),
    wrapTripleDes,
  ].map((cipher) => [cipher.name, cipher]),
)

/** The cipher of an `EncryptionMethod`; `undefined` when it is not supported. */
export function cipherOf(uri: string): ValueCipher | undefined {
  const name = fragmentOf(uri)
  return ciphers.get(name) ?? rsaCiphers.find((cipher) => cipher.name === name)
}

const macHashes: ReadonlyMap<string, string> = new Map([
  ['hmac-md5', 'md5'],
  ['hmac-ripemd160', 'ripemd160'],
  ['hmac-sha1', 'sha1'],
  ['hmac-sha224', 'sha224'],
  ['hmac-sha256', 'sha256'],
  ['hmac-sha384', 'sha384'],
  ['hmac-sha512', 'sha512'],
])

/** The hash inside a `MACMethod` or a `PRF`; `undefined` when it is not supported. */
export function macHashOf(uri: string): string | undefined {
  return macHashes.get(fragmentOf(uri))
}

/** HMAC of RFC 2104 with a hash that {@link macHashOf} knows. */
export function mac(hash: string, key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac(hash, key).update(data).digest()
}

/** What stands behind `#` in an algorithm URI, lower case. */
export function fragmentOf(uri: string): string {
  return uri
    .slice(uri.lastIndexOf('#') + 1)
    .trim()
    .toLowerCase()
}
