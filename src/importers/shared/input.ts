import {createReadStream} from 'node:fs'
import {open, stat} from 'node:fs/promises'
import {PiError, reasonOf} from '../../lib/errors.js'
import type {Head, TokenInput} from '../contract.js'
import {decodeHead} from './text.js'

/** How much of a file decides about its format. */
const headBytes = 64 * 1024

/** What comes from a pipe is kept in memory, because it is read twice. */
const pipeLimit = 256 * 1024 * 1024

export interface InputOptions {
  /** Read when the path is `-`. */
  stdin?: AsyncIterable<Uint8Array> | undefined
  /** Bytes that a pipe may deliver; default 256 MiB. */
  pipeLimit?: number | undefined
}

/**
 * Opens a file, or standard input for `-`. Regular files are read again for every pass; pipes are kept in memory.
 * @throws PiError INVALID_INPUT when it cannot be read, is empty, or a pipe delivers too much
 */
export async function openInput(path: string, options: InputOptions = {}): Promise<TokenInput> {
  if (path === '-') {
    if (!options.stdin) throw new PiError('USAGE', 'There is no standard input to read from.')
    return bufferedInput('standard input', options.stdin, options.pipeLimit)
  }
  try {
    const found = await stat(path)
    if (!found.isFile()) {
      if (found.isDirectory()) throw new PiError('INVALID_INPUT', `${path} is a directory, not a token file.`)
      return await bufferedInput(path, createReadStream(path), options.pipeLimit)
    }
    const bytes = await readHead(path)
    return {name: path, path, head: headOf(path, bytes), open: () => readChunks(path)}
  } catch (error) {
    throw error instanceof PiError ? error : unreadable(path, error)
  }
}

/** The same for bytes that are at hand. */
export function inputOf(name: string, bytes: Uint8Array): TokenInput {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    name,
    head: headOf(name, whole.subarray(0, headBytes)),
    async *open() {
      yield whole
    },
  }
}

async function bufferedInput(name: string, source: AsyncIterable<Uint8Array>, limit = pipeLimit): Promise<TokenInput> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > limit) {
      throw new PiError('INVALID_INPUT', `${name} delivers more than ${String(limit >> 20)} MiB.`, {
        hints: ['Save it as a file first: files are read piece by piece'],
      })
    }
    chunks.push(Buffer.from(chunk))
  }
  return {
    name,
    head: headOf(name, Buffer.concat(chunks).subarray(0, headBytes)),
    async *open() {
      yield* chunks
    },
  }
}

function headOf(name: string, bytes: Buffer): Head {
  if (bytes.length === 0) throw new PiError('INVALID_INPUT', `${name} is empty.`)
  return {bytes, text: decodeHead(bytes)}
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function* readChunks(path: string): AsyncIterable<Buffer> {
  try {
    for await (const chunk of createReadStream(path, {highWaterMark: 256 * 1024})) yield chunk as Buffer
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): PiError {
  const code = (error as NodeJS.ErrnoException).code
  const why =
    code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : (code ?? reasonOf(error))
  return new PiError('INVALID_INPUT', `Cannot read ${path}: ${why}.`, {cause: error})
}
