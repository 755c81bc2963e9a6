import {constants, createPublicKey, sign, verify, type KeyObject} from 'node:crypto'
import {RsaSaPssParams} from '@peculiar/asn1-rsa'
import {AlgorithmIdentifier} from '@peculiar/asn1-x509'
import {PiError} from '../../errors.js'
import {decode} from './asn1.js'

/** Hash of a signature, by its name in Node and openssl. */
export type Digest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** What signs certificates and CRLs: a key in a file, or one that never leaves a device. */
export interface Signer {
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  readonly keyType: 'rsa' | 'ec' | 'ed25519' | 'ed448'
  /**
   * The signature as it stands in a certificate: PKCS#1 v1.5 for RSA, a DER sequence of two numbers for elliptic curves.
   * @throws PiError UNAVAILABLE, REFUSED
   */
  sign(data: Uint8Array, digest: Digest): Promise<Buffer>
  /** Forgets the key, or leaves the device. */
  close(): Promise<void>
}

const rsaOids: Readonly<Record<Digest, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha224: '1.2.840.113549.1.1.14',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
}
const ecOids: Readonly<Record<Digest, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha224: '1.2.840.10045.4.3.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
}
const pss = '1.2.840.113549.1.1.10'
const edwards: Readonly<Record<string, string>> = {ed25519: '1.3.101.112', ed448: '1.3.101.113'}
const digestOids: Readonly<Record<string, Digest>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** `default_md` of an openssl configuration as a digest. @throws PiError CONFIG for one that is too weak or unknown */
export function digestOf(name: string): Digest {
  const plain = name.toLowerCase().replace(/^sha-/, 'sha')
  if (plain === 'default') return 'sha256'
  if (['sha224', 'sha256', 'sha384', 'sha512'].includes(plain)) return plain as Digest
  throw new PiError('CONFIG', `Certificates are not signed with '${name}' (default_md).`, {
    hints: ['Set default_md = sha256 in the openssl configuration of the CA'],
  })
}

/** How a signature of a key is named. */
export function signatureAlgorithm(keyType: Signer['keyType'], digest: Digest): AlgorithmIdentifier {
  if (keyType === 'rsa') return new AlgorithmIdentifier({algorithm: rsaOids[digest], parameters: null})
  return new AlgorithmIdentifier({algorithm: keyType === 'ec' ? ecOids[digest] : edwards[keyType]!})
}

/** The type of a key as far as it signs here. @throws PiError INVALID_INPUT */
export function keyTypeOf(key: KeyObject): Signer['keyType'] {
  const type = key.asymmetricKeyType
  if (type === 'rsa' || type === 'ec' || type === 'ed25519' || type === 'ed448') return type
  throw new PiError('INVALID_INPUT', `A key of type ${type ?? 'unknown'} cannot sign certificates here.`)
}

/** A signer with a key in memory. @throws PiError INVALID_INPUT (type of the key) */
export function keySigner(key: KeyObject): Signer {
  const keyType = keyTypeOf(key)
  return {
    keyType,
    publicKey: createPublicKey(key).export({format: 'der', type: 'spki'}),
    sign: async (data, digest) => sign(keyType.startsWith('ed') ? undefined : digest, data, key),
    close: async () => {},
  }
}

/**
 * Whether a signature is right.
 * @param publicKey DER of the SubjectPublicKeyInfo
 * @returns false also for algorithms that nobody should use any more, and for damaged keys
 */
export function verifySignature(
  algorithm: AlgorithmIdentifier,
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = createPublicKey({key: Buffer.from(publicKey), format: 'der', type: 'spki'})
    if (algorithm.algorithm === pss) {
      const digest = digestOids[pssParameters(algorithm).hashAlgorithm.algorithm]
      if (!digest) return false
      const options = {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: pssParameters(algorithm).saltLength,
      }
      return verify(digest, data, options, signature)
    }
    if (Object.values(edwards).includes(algorithm.algorithm)) return verify(undefined, data, key, signature)
    const digest = digestIn(rsaOids, algorithm.algorithm) ?? digestIn(ecOids, algorithm.algorithm)
    const fits = digestIn(rsaOids, algorithm.algorithm) ? 'rsa' : 'ec'
    return digest !== undefined && key.asymmetricKeyType === fits && verify(digest, data, key, signature)
  } catch {
    return false
  }
}

/** The name of a signature algorithm for reading. */
export function signatureName(algorithm: string): string {
  if (algorithm === pss) return 'RSASSA-PSS'
  const rsa = digestIn(rsaOids, algorithm)
  if (rsa) return `RSA with ${rsa.toUpperCase().replace('SHA', 'SHA-')}`
  const ec = digestIn(ecOids, algorithm)
  if (ec) return `ECDSA with ${ec.toUpperCase().replace('SHA', 'SHA-')}`
  return Object.entries(edwards).find(([, oid]) => oid === algorithm)?.[0] ?? algorithm
}

/** A public key for reading, e.g. `RSA 2048`. */
export function keyName(publicKey: Uint8Array): string {
  try {
    const key = createPublicKey({key: Buffer.from(publicKey), format: 'der', type: 'spki'})
    const {modulusLength, namedCurve} = key.asymmetricKeyDetails ?? {}
    return [key.asymmetricKeyType?.toUpperCase(), modulusLength ?? namedCurve].filter(Boolean).join(' ')
  } catch {
    return 'unknown'
  }
}

function pssParameters({parameters}: AlgorithmIdentifier): RsaSaPssParams {
  return parameters ? decode(new Uint8Array(parameters), RsaSaPssParams, 'RSASSA-PSS parameters') : new RsaSaPssParams()
}

function digestIn(oids: Readonly<Record<Digest, string>>, oid: string): Digest | undefined {
  return (Object.keys(oids) as Digest[]).find((digest) => oids[digest] === oid)
}
