import {generateKeyPair} from 'node:crypto'
import {access} from 'node:fs/promises'
import {promisify} from 'node:util'
import {alreadyExists, PiError} from '../errors.js'
import {removeFile, writeNewFile} from '../files/durable.js'

/** Sizes of a modulus in bits: less is broken, more takes minutes. */
export const [smallestKey, largestKey] = [2048, 16_384]

interface AuditKeyFiles {
  privateFile: string
  publicFile: string
}

/** Characters of an audit signature made with a key of so many bits (spec/02 §10.1). */
export function signatureLength(bits: number): number {
  return 15 + Math.ceil(bits / 8) * 2
}

/**
 * Makes the RSA pair that signs audit rows and responses: private key PKCS#1 PEM mode 0400, public key
 * SubjectPublicKeyInfo PEM mode 0644. Either both files are made or none, and none is replaced.
 * @throws PiError USAGE (size), ALREADY_EXISTS, CONFIG (folder not there or not writable)
 */
export async function createAuditKeys(
  {privateFile, publicFile}: AuditKeyFiles,
  bits = smallestKey,
  owner?: {uid: number; gid: number},
): Promise<void> {
  if (!Number.isInteger(bits) || bits < smallestKey || bits > largestKey || bits % 8 !== 0) {
    throw new PiError('USAGE', `A key has ${smallestKey} to ${largestKey} bits, a multiple of 8.`)
  }
  if (privateFile === publicFile) {
    throw new PiError('CONFIG', `PI_AUDIT_KEY_PRIVATE and PI_AUDIT_KEY_PUBLIC are the same file, ${privateFile}.`)
  }
  // Before making a key, which takes long; the exclusive creation below is what counts.
  for (const file of [privateFile, publicFile]) if (await isThere(file)) throw exists(file)
  const pair = await promisify(generateKeyPair)('rsa', {modulusLength: bits, publicExponent: 65_537})
  await writeNewFile(privateFile, pair.privateKey.export({format: 'pem', type: 'pkcs1'}), {mode: 0o400, ...owner})
  try {
    await writeNewFile(publicFile, pair.publicKey.export({format: 'pem', type: 'spki'}), {mode: 0o644, ...owner})
  } catch (error) {
    await removeFile(privateFile)
    throw error
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function exists(file: string): PiError {
  return alreadyExists('key file', file, 'It is not overwritten: rows signed with it could no longer be verified')
}
