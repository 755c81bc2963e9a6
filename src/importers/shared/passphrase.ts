import {createDecipheriv, pbkdf2, scrypt} from 'node:crypto'
import {promisify} from 'node:util'
import {PiError} from '../../lib/errors.js'
import type {ReadOptions} from '../contract.js'
import {damaged} from './text.js'

/** Key derivations beyond this are an attack on the reader. */
const limits = {iterations: 5_000_000, memoryBytes: 256 * 1024 * 1024}

/** The password of a file that turned out to be encrypted. @throws PiError USAGE */
export async function needPassword(name: string, options: ReadOptions): Promise<string> {
  const password = await options.password?.()
  if (password !== undefined) return password
  throw new PiError('USAGE', `${name} is encrypted with a password, and none was given.`, {
    hints: ['Add --password-file FILE'],
  })
}

/** The failure of a file that the password does not open. */
export function wrongPassword(name: string): PiError {
  return new PiError('INTEGRITY', `${name} cannot be decrypted: the password is wrong, or the file was changed.`, {
    hints: ['Check the password'],
  })
}

/** @throws PiError INVALID_INPUT for parameters out of range */
export function pbkdf2Key(
  name: string,
  password: string,
  {salt, iterations, hash, bytes = 32}: {salt: Uint8Array; iterations: number; hash: string; bytes?: number},
): Promise<Buffer> {
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > limits.iterations) throw outOfRange(name)
  return promisify(pbkdf2)(password, salt, iterations, bytes, hash)
}

/** @throws PiError INVALID_INPUT for parameters out of range */
export async function scryptKey(
  name: string,
  password: string,
  {salt, n, r, p}: {salt: Uint8Array; n: number; r: number; p: number},
): Promise<Buffer> {
  const memory = 128 * n * r
  if (![n, r, p].every((value) => Number.isInteger(value) && value > 0) || p > 16 || memory > limits.memoryBytes) {
    throw outOfRange(name)
  }
  try {
    return await promisify<string, Uint8Array, number, object, Buffer>(scrypt)(password, salt, 32, {
      N: n,
      r,
      p,
      maxmem: memory + 64 * 1024 * 1024,
    })
  } catch (error) {
    throw error instanceof PiError ? error : outOfRange(name)
  }
}

/** Argon2id, version 1.3. @param memoryKib memory in KiB @throws PiError INVALID_INPUT for parameters out of range */
export async function argon2Key(
  name: string,
  password: string,
  {salt, passes, memoryKib, lanes}: {salt: Uint8Array; passes: number; memoryKib: number; lanes: number},
): Promise<Buffer> {
  const fits = [passes, memoryKib, lanes].every((value) => Number.isInteger(value) && value > 0)
  if (!fits || passes > 100 || memoryKib * 1024 > limits.memoryBytes || lanes > 64 || salt.length < 8)
    throw outOfRange(name)
  const {hashRaw} = await import('@node-rs/argon2')
  // 2 is Argon2id; the enumeration of the library cannot be used with isolated modules.
  return hashRaw(password, {
    algorithm: 2,
    memoryCost: memoryKib,
    outputLen: 32,
    parallelism: lanes,
    salt: Buffer.from(salt),
    timeCost: passes,
  })
}

/** AES-256-GCM with the tag behind the cipher text; `undefined` when key or data are not right. */
export function openGcm(
  key: Uint8Array,
  {nonce, sealed, extra}: {nonce: Uint8Array; sealed: Uint8Array; extra?: Uint8Array},
): Buffer | undefined {
  if (sealed.length < 16 || nonce.length === 0) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.subarray(-16))
    if (extra) decipher.setAAD(extra)
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  } catch {
    return undefined
  }
}

function outOfRange(name: string): PiError {
  return damaged(name, undefined, 'the parameters of its key derivation are out of range')
}
