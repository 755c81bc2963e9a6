import {constants, createPrivateKey, privateDecrypt, type KeyObject} from 'node:crypto'
import type {ValueCipher} from './algorithms.js'

/** The private key of a PEM text, for values that are encrypted for its certificate. `undefined` when it is none. */
export function readPrivateKeyPem(pem: string, passphrase?: string): KeyObject | undefined {
  try {
    return createPrivateKey({key: pem, ...(passphrase !== undefined && {passphrase})})
  } catch {
    return undefined
  }
}

/** RSA key transport (RFC 6030 §6.3, XML Encryption §5.5); anybody can make such a value, so it proves nothing. */
function rsa(name: string, decrypt: (key: KeyObject, data: Uint8Array) => Buffer | undefined): ValueCipher {
  return {name, keyBytes: 0, authenticates: false, asymmetric: decrypt, decrypt: () => undefined}
}

export const rsaCiphers: readonly ValueCipher[] = [
  rsa('rsa_1_5', openPkcs1),
  rsa('rsa-1_5', openPkcs1),
  rsa('rsa-oaep-mgf1p', openOaep),
  rsa('rsa-oaep', openOaep),
]

/** The digest is SHA-1 unless the method says otherwise; both are tried, since only one can fit. */
function openOaep(key: KeyObject, data: Uint8Array): Buffer | undefined {
  for (const oaepHash of ['sha1', 'sha256']) {
    try {
      return privateDecrypt({key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash}, data)
    } catch {
      // The other digest, or none.
    }
  }
  return undefined
}

/**
 * PKCS#1 v1.5, taken off here because Node refuses that padding. There is nobody to ask again and again, as the attacks on
 * it need: the file is read once, by its owner.
 */
function openPkcs1(key: KeyObject, data: Uint8Array): Buffer | undefined {
  let block: Buffer
  try {
    block = privateDecrypt({key, padding: constants.RSA_NO_PADDING}, data)
  } catch {
    return undefined
  }
  const end = block.indexOf(0, 2)
  return block[0] === 0 && block[1] === 2 && end >= 10 ? block.subarray(end + 1) : undefined
}
