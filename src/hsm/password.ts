import {createReadStream} from 'node:fs'
import {open, type FileHandle} from 'node:fs/promises'
import {buffer} from 'node:stream/consumers'
import {decodeUtf8} from '../lib/crypto/encodings.js'
import {PiError, reasonOf} from '../lib/errors.js'
import type {PasswordSources} from './contract.js'

const maxPasswordBytes = 64 * 1024

/**
 * The password from the first source there is, or undefined without any. One line end after it is not part of it.
 * @throws PiError CONFIG (unreadable, empty, no UTF-8)
 */
export async function findPassword({
  knownPassword,
  passwordFd,
  passwordFile,
  askPassword,
}: PasswordSources): Promise<string | undefined> {
  if (knownPassword) return knownPassword()
  if (passwordFd !== undefined) return readFd(passwordFd)
  if (passwordFile !== undefined) return readPasswordFile(passwordFile)
  return askPassword?.()
}

/** The same sources for modules that are opened more than once: a descriptor is read once, and a person asked once. */
export function remembering({knownPassword, passwordFd, passwordFile, askPassword}: PasswordSources): PasswordSources {
  return {
    knownPassword: knownPassword ?? (passwordFd === undefined ? undefined : once(() => readFd(passwordFd))),
    passwordFile,
    askPassword: askPassword && once(askPassword),
  }
}

/** A failure is not remembered. */
function once(ask: () => Promise<string>): () => Promise<string> {
  let answer: Promise<string> | undefined
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined
      throw error
    })
    return answer
  }
}

async function readFd(fd: number): Promise<string> {
  const what = `file descriptor ${fd}`
  try {
    return firstPassword(await buffer(createReadStream('', {fd, autoClose: false, end: maxPasswordBytes})), what)
  } catch (error) {
    throw unreadable(what, error)
  }
}

export async function readPasswordFile(path: string): Promise<string> {
  const what = `password file ${path}`
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const {bytesRead, buffer: content} = await file.read(Buffer.alloc(maxPasswordBytes + 1))
    return firstPassword(content.subarray(0, bytesRead), what)
  } catch (error) {
    throw unreadable(what, error)
  } finally {
    await file?.close()
  }
}

function firstPassword(content: Buffer, what: string): string {
  if (content.length > maxPasswordBytes) throw new PiError('CONFIG', `The ${what} is too long for a password.`)
  const text = decodeUtf8(content)?.replace(/\r?\n$/, '')
  if (text === undefined) throw new PiError('CONFIG', `The ${what} is not UTF-8 text.`)
  if (text === '') throw new PiError('CONFIG', `The ${what} is empty.`)
  return text
}

function unreadable(what: string, error: unknown): PiError {
  if (error instanceof PiError) return error
  return new PiError('CONFIG', `The ${what} cannot be read: ${reasonOf(error)}`, {cause: error})
}
