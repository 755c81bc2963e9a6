import {closeSync, openSync, readSync} from 'node:fs'
import {PiError, reasonOf} from '../lib/errors.js'
import {askPassword} from './prompt.js'

export interface SecretFlags {
  'password-fd'?: number | undefined
  'password-file'?: string | undefined
  'password-stdin'?: boolean | undefined
}

/** No password is longer than this; a larger input is a mistake. */
const maxBytes = 64 * 1024

/**
 * A password from the flags of `flags/secret.ts`, otherwise from a prompt without echo (`twice`: asked again).
 * @throws PiError USAGE (two ways at once, no terminal), INVALID_INPUT (unreadable, empty), REFUSED (the two differ)
 */
export async function readPassword(flags: SecretFlags, what: string, options: {twice?: boolean} = {}): Promise<string> {
  const given = [
    flags['password-file'] !== undefined &&
      (() => firstLine(openFile(flags['password-file']!), flags['password-file']!, true)),
    flags['password-fd'] !== undefined &&
      (() => firstLine(flags['password-fd']!, `file descriptor ${flags['password-fd']}`)),
    flags['password-stdin'] && (() => firstLine(0, 'the standard input')),
  ].filter((one) => typeof one === 'function')
  if (given.length > 1) {
    throw new PiError('USAGE', 'Give the password in one way only: --password-file, --password-fd or --password-stdin.')
  }
  const [read] = given
  if (!read) return askPassword(what, options)
  const secret = read()
  if (secret === '') throw new PiError('INVALID_INPUT', `${what}: the given password is empty.`)
  return secret
}

/** The first line of a file with a secret; `-` is the standard input. @throws PiError INVALID_INPUT */
export function readSecretFile(file: string): string {
  return file === '-' ? firstLine(0, 'the standard input') : firstLine(openFile(file), file, true)
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw unreadable(file, error)
  }
}

function firstLine(descriptor: number, name: string, close = false): string {
  const buffer = Buffer.alloc(maxBytes)
  let length = 0
  try {
    for (;;) {
      const count = readSome(descriptor, buffer, length)
      if (count === 0) break
      const end = buffer.subarray(length, length + count).indexOf(0x0a)
      length += count
      if (end >= 0) break
      if (length === maxBytes) throw new PiError('INVALID_INPUT', `${name}: this is too long for a password.`)
    }
    return new TextDecoder('utf-8', {fatal: true}).decode(buffer.subarray(0, length)).split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    if (error instanceof PiError) throw error
    if (error instanceof TypeError) throw new PiError('INVALID_INPUT', `${name}: the password is no UTF-8 text.`)
    throw unreadable(name, error)
  } finally {
    buffer.fill(0)
    if (close) closeSync(descriptor)
  }
}

/** A pipe that is not filled yet says EAGAIN when it is in non-blocking mode. */
function readSome(descriptor: number, buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, offset, buffer.length - offset, null)
    } catch (error) {
      const {code} = error as {code?: string}
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

function unreadable(name: string, error: unknown): PiError {
  return new PiError(
    'INVALID_INPUT',
    `The password cannot be read from ${name}: ${(error as {code?: string}).code ?? reasonOf(error)}.`,
    {cause: error},
  )
}
