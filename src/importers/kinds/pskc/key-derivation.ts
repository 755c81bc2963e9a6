import {pbkdf2} from 'node:crypto'
import {promisify} from 'node:util'
import {PiError} from '../../../lib/errors.js'
import {readBase64} from '../../shared/key-encoding.js'
import {damaged} from '../../shared/text.js'
import {at, child, descendant, type XmlElement} from '../../shared/xml.js'
import {fragmentOf, macHashOf} from './algorithms.js'

/** How the key of a file comes from its password (RFC 6030 §6.2, PKCS#5 v2). */
export interface KeyDerivation {
  salt: Buffer
  iterations: number
  /** Bytes; absent: as the cipher needs. */
  keyBytes: number | undefined
  hash: string
}

/** More than this is an attack on the reader, not a protection of the file. */
const maxIterations = 5_000_000

/** @throws PiError INVALID_INPUT for what is missing or not supported */
export function readKeyDerivation(name: string, derivedKey: XmlElement): KeyDerivation {
  const method = child(derivedKey, 'keyderivationmethod')
  const algorithm = method?.attributes.get('algorithm') ?? ''
  const fail = (reason: string) => damaged(name, derivedKey.line, reason)
  if (!method || fragmentOf(algorithm) !== 'pbkdf2')
    throw fail('only PBKDF2 is supported to derive the key from a password')
  const salt = descendant(method, 'salt')
  const saltBytes = readBase64((child(salt, 'specified') ?? salt)?.text ?? '')
  if (!saltBytes?.length) throw fail('the salt of the key derivation is missing or not base64')
  const iterations = Number(descendant(method, 'iterationcount')?.text ?? NaN)
  if (!Number.isInteger(iterations) || iterations < 1)
    throw fail('the iteration count of the key derivation is missing')
  if (iterations > maxIterations) throw fail('the iteration count of the key derivation is beyond all reason')
  const lengthText = descendant(method, 'keylength')?.text.trim()
  const keyBytes = lengthText ? Number(lengthText) : undefined
  if (keyBytes !== undefined && !(Number.isInteger(keyBytes) && keyBytes > 0 && keyBytes <= 64)) {
    throw fail('the key length of the key derivation is out of range')
  }
  // Some writers put the algorithm into the text of the element.
  const prfElement = descendant(method, 'prf')
  const prf = prfElement?.attributes.get('algorithm') ?? prfElement?.text.trim()
  const hash = prf ? macHashOf(prf) : 'sha1'
  if (!hash) throw fail('the pseudo-random function of the key derivation is not supported')
  return {salt: saltBytes, iterations, keyBytes, hash}
}

/** The `DerivedKey` of an `EncryptionKey`, wherever a draft or writer has put it. */
export function derivedKeyOf(encryptionKey: XmlElement): XmlElement | undefined {
  return at(encryptionKey, 'derivedkey') ?? descendant(encryptionKey, 'derivedkey')
}

/** @throws PiError INVALID_INPUT */
export async function deriveKey(derivation: KeyDerivation, password: string, keyBytes: number): Promise<Buffer> {
  try {
    const length = derivation.keyBytes ?? keyBytes
    return await promisify(pbkdf2)(
      Buffer.from(password, 'utf8'),
      derivation.salt,
      derivation.iterations,
      length,
      derivation.hash,
    )
  } catch (error) {
    throw new PiError('INVALID_INPUT', 'The key cannot be derived from the password.', {cause: error})
  }
}
