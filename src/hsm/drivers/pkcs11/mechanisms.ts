import type {Handle, Mechanism, PKCS11} from 'pkcs11js'
import {blockBytes, removePkcs7} from '../../../lib/crypto/aes.js'
import {PiError} from '../../../lib/errors.js'
import type {Pkcs11Js} from './library.js'

/**
 * How AES-256-CBC with PKCS#7 padding is had from a token. All give the same bytes: `cbc-pad` is CKM_AES_CBC_PAD,
 * `cbc` is CKM_AES_CBC with the padding done here, `ecb` is CKM_AES_ECB with padding and chaining done here (for
 * transports that carry no parameters, such as p11-kit's before 0.25).
 */
export type AesMode = 'cbc-pad' | 'cbc' | 'ecb'

/** A mechanism of a token as `hsm doctor` shows it. */
export interface MechanismReport {
  name: string
  /** What it may be used for, e.g. `encrypt`. */
  uses: string[]
}

const preference: readonly {mode: AesMode; constant: 'CKM_AES_CBC_PAD' | 'CKM_AES_CBC' | 'CKM_AES_ECB'}[] = [
  {mode: 'cbc-pad', constant: 'CKM_AES_CBC_PAD'},
  {mode: 'cbc', constant: 'CKM_AES_CBC'},
  {mode: 'ecb', constant: 'CKM_AES_ECB'},
]

/**
 * The best way that a token offers.
 * @throws PiError CONFIG when it has none
 */
export function chooseAesMode(js: Pkcs11Js, p11: PKCS11, slot: Handle): AesMode {
  const offered = new Set(p11.C_GetMechanismList(slot))
  const both = js.CKF_ENCRYPT | js.CKF_DECRYPT
  for (const {mode, constant} of preference) {
    const number = js[constant]
    if (offered.has(number) && (p11.C_GetMechanismInfo(slot, number).flags & both) === both) return mode
  }
  throw new PiError(
    'CONFIG',
    'The token does not have the mechanism CKM_AES_CBC_PAD (nor CKM_AES_CBC or CKM_AES_ECB).',
    {
      hints: ['AES-256 keys cannot be used on it; the Encrypt-Key HSM module needs CKM_RSA_PKCS only'],
    },
  )
}

/** Names and uses of the mechanisms of a slot. */
export function reportMechanisms(js: Pkcs11Js, p11: PKCS11, slot: Handle): MechanismReport[] {
  const names = new Map<number, string>()
  for (const [name, value] of Object.entries(js)) {
    if (name.startsWith('CKM_') && typeof value === 'number' && !names.has(value)) names.set(value, name)
  }
  const uses: readonly [number, string][] = [
    [js.CKF_ENCRYPT, 'encrypt'],
    [js.CKF_DECRYPT, 'decrypt'],
    [js.CKF_SIGN, 'sign'],
    [js.CKF_VERIFY, 'verify'],
    [js.CKF_WRAP, 'wrap'],
    [js.CKF_UNWRAP, 'unwrap'],
    [js.CKF_GENERATE, 'generate'],
    [js.CKF_GENERATE_KEY_PAIR, 'generate-key-pair'],
    [js.CKF_DERIVE, 'derive'],
    [js.CKF_DIGEST, 'digest'],
  ]
  return p11.C_GetMechanismList(slot).map((mechanism) => {
    const {flags} = p11.C_GetMechanismInfo(slot, mechanism)
    return {
      name: names.get(mechanism) ?? `0x${mechanism.toString(16)}`,
      uses: uses.filter(([flag]) => flags & flag).map(([, use]) => use),
    }
  })
}

/** One session with the function that runs a single-part operation in it. */
export interface CipherSession {
  readonly js: Pkcs11Js
  readonly p11: PKCS11
  readonly handle: Handle
  /** Encrypts or decrypts after C_…Init; on the event loop or off it, as the token's speed suggests. */
  readonly finish: (operation: 'encrypt' | 'decrypt', input: Buffer, output: Buffer) => Promise<Buffer> | Buffer
}

/** AES-256-CBC with PKCS#7 padding by a key in the token. */
export async function encryptAes(
  session: CipherSession,
  mode: AesMode,
  key: Handle,
  plaintext: Uint8Array,
  iv: Uint8Array,
): Promise<Buffer> {
  const input = Buffer.from(plaintext)
  if (mode === 'cbc-pad') return cipher(session, 'encrypt', cbc(session.js.CKM_AES_CBC_PAD, iv), key, input, blockBytes)
  const padded = addPkcs7(input)
  try {
    if (mode === 'cbc') return await cipher(session, 'encrypt', cbc(session.js.CKM_AES_CBC, iv), key, padded, 0)
    return await chain(session, key, padded, iv)
  } finally {
    padded.fill(0)
  }
}

/**
 * The inverse of {@link encryptAes}.
 * @returns undefined when the padding is wrong and the token left it to us to see that
 */
export async function decryptAes(
  session: CipherSession,
  mode: AesMode,
  key: Handle,
  ciphertext: Uint8Array,
  iv: Uint8Array,
): Promise<Buffer | undefined> {
  const input = Buffer.from(ciphertext)
  if (input.length === 0 || input.length % blockBytes !== 0) return undefined
  if (mode === 'cbc-pad') return cipher(session, 'decrypt', cbc(session.js.CKM_AES_CBC_PAD, iv), key, input, 0)
  if (mode === 'cbc') {
    return removePkcs7(await cipher(session, 'decrypt', cbc(session.js.CKM_AES_CBC, iv), key, input, 0))
  }
  const blocks = await cipher(session, 'decrypt', {mechanism: session.js.CKM_AES_ECB}, key, input, 0)
  if (blocks.length !== input.length) return undefined
  const before = Buffer.concat([iv, input.subarray(0, input.length - blockBytes)])
  return removePkcs7(Buffer.from(xor(blocks, before)))
}

/** RSA with PKCS#1 v1.5 padding (CKM_RSA_PKCS), by which the Encrypt-Key HSM keeps its key file. */
export async function decryptRsa(session: CipherSession, key: Handle, ciphertext: Uint8Array): Promise<Buffer> {
  return cipher(session, 'decrypt', {mechanism: session.js.CKM_RSA_PKCS}, key, Buffer.from(ciphertext), 0)
}

/** The inverse of {@link decryptRsa}, with the public key. @param modulusBytes length of the result */
export async function encryptRsa(
  session: CipherSession,
  key: Handle,
  plaintext: Uint8Array,
  modulusBytes: number,
): Promise<Buffer> {
  return cipher(session, 'encrypt', {mechanism: session.js.CKM_RSA_PKCS}, key, Buffer.from(plaintext), modulusBytes)
}

async function cipher(
  session: CipherSession,
  operation: 'encrypt' | 'decrypt',
  mechanism: Mechanism,
  key: Handle,
  input: Buffer,
  growth: number,
): Promise<Buffer> {
  const {p11, handle} = session
  if (operation === 'encrypt' && input.length === 0) {
    // Node gives an empty buffer no address, which C_Encrypt refuses; the last part alone is the padding.
    p11.C_EncryptInit(handle, mechanism, key)
    return p11.C_EncryptFinal(handle, Buffer.alloc(growth))
  }
  if (operation === 'encrypt') p11.C_EncryptInit(handle, mechanism, key)
  else p11.C_DecryptInit(handle, mechanism, key)
  const output = await session.finish(operation, input, Buffer.alloc(input.length + growth))
  // Only now: pkcs11js keeps a bare pointer to the input while another thread works on it.
  if (operation === 'encrypt') input.fill(0)
  return output
}

/** CBC over ECB: each block needs the one before it, so it takes a call a block. */
async function chain(session: CipherSession, key: Handle, padded: Buffer, iv: Uint8Array): Promise<Buffer> {
  const result = Buffer.alloc(padded.length)
  let before: Uint8Array = iv
  for (let at = 0; at < padded.length; at += blockBytes) {
    const block = xor(padded.subarray(at, at + blockBytes), before)
    const encrypted = await cipher(session, 'encrypt', {mechanism: session.js.CKM_AES_ECB}, key, block, 0)
    before = encrypted.subarray(0, blockBytes)
    result.set(before, at)
  }
  return result
}

function cbc(mechanism: number, iv: Uint8Array): Mechanism {
  return {mechanism, parameter: Buffer.from(iv)}
}

function addPkcs7(input: Buffer): Buffer {
  const count = blockBytes - (input.length % blockBytes)
  return Buffer.concat([input, Buffer.alloc(count, count)])
}

function xor(one: Uint8Array, other: Uint8Array): Buffer {
  const result = Buffer.alloc(one.length)
  for (let at = 0; at < one.length; at++) result[at] = (one[at] as number) ^ (other[at] as number)
  return result
}
