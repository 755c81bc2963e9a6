import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto'
import {promisify} from 'node:util'
import {PiError} from '../errors.js'
import {decodeHex} from './encodings.js'

const signAsync = promisify<'sha256', Uint8Array, SignInput, Buffer>(sign)

/** Node's types of the asynchronous form know keys only alone. */
interface SignInput {
  key: KeyObject
  padding: number
  saltLength: number
}

const mark = 'rsa_sha256_pss'

/** An RSA private key in PEM, PKCS#1 or PKCS#8, without password (spec/02 §10.1). @throws PiError CONFIG */
export function readPrivateKey(pem: string | Buffer, origin = 'the private key'): KeyObject {
  return readKey(() => createPrivateKey(pem), origin)
}

/** An RSA public key in PEM. @throws PiError CONFIG */
export function readPublicKey(pem: string | Buffer, origin = 'the public key'): KeyObject {
  return readKey(() => createPublicKey(pem), origin)
}

/**
 * Signs a text: `rsa_sha256_pss:<hex>`, salt of the maximum length, which is the only one that older servers verify.
 * Runs in a thread.
 */
export async function signText(privateKey: KeyObject, text: string): Promise<string> {
  const options = {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN,
  }
  return `${mark}:${(await signAsync('sha256', Buffer.from(text, 'utf8'), options)).toString('hex')}`
}

/** The same at once, for a loop that has nothing else to do. */
export function signTextSync(privateKey: KeyObject, text: string): string {
  const options = {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN,
  }
  return `${mark}:${sign('sha256', Buffer.from(text, 'utf8'), options).toString('hex')}`
}

/**
 * Whether a signature fits a text. Whatever is no signature does not.
 * @param options.allowOld also decimal numbers: s^e mod n equals the SHA-256 of the text, without padding
 */
export function verifyText(
  publicKey: KeyObject,
  text: string,
  signature: string | null | undefined,
  {allowOld = false} = {},
): boolean {
  if (!signature) return false
  const parts = signature.split(':')
  const message = Buffer.from(text, 'utf8')
  if (parts.length === 2 && parts[0] === mark) {
    const bytes = decodeHex(parts[1] ?? '')
    return bytes !== undefined && verifyPss(publicKey, message, bytes)
  }
  return allowOld && /^[0-9]{1,5000}$/.test(signature) && verifyOld(publicKey, message, BigInt(signature))
}

function verifyPss(key: KeyObject, message: Buffer, signature: Buffer): boolean {
  const options: VerifyKeyObjectInput = {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  }
  try {
    return verify('sha256', message, options, signature)
  } catch {
    return false
  }
}

function verifyOld(key: KeyObject, message: Buffer, signature: bigint): boolean {
  const {n, e} = key.export({format: 'jwk'})
  if (!n || !e) return false
  const modulus = bigintOf(Buffer.from(n, 'base64url'))
  if (signature >= modulus) return false
  const digest = bigintOf(createHash('sha256').update(message).digest())
  return power(signature, bigintOf(Buffer.from(e, 'base64url')), modulus) === digest
}

function bigintOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

/** Square and multiply; the exponent is public. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function readKey(read: () => KeyObject, origin: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch (error) {
    throw new PiError('CONFIG', `${capital(origin)} is no readable PEM key (it must not have a password).`, {
      cause: error,
    })
  }
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss') return key
  throw new PiError('CONFIG', `${capital(origin)} is no RSA key.`)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
