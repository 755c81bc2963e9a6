import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto'
import {closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync} from 'node:fs'
import {decryptValue, encryptValue} from '../../crypto/secret-values.js'
import {PiError, reasonOf} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import type {Snapshot} from './snapshot.js'

export const undoFormat = 'pi-manage janitor undo'
const undoVersion = 1
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** First line of an undo file, readable by everybody. */
export interface UndoHeader {
  format: typeof undoFormat
  version: typeof undoVersion
  /** ISO 8601, UTC. */
  created: string
  database: {product: string; version: string}
  /** What was done, for people. */
  action: string
  /** The key of the records, encrypted as a value of type "password" (config key of the installation). */
  key: string
}

/** How one token was, and what it was made: a fingerprint, or `gone`. */
export interface UndoRecord {
  before: Snapshot
  after: string
}

/**
 * An undo file being written: after its header one line a record, AES-256-GCM with a random nonce, bound to header and
 * position, in base64. A record is on disk before the change that it undoes is committed.
 */
export class UndoWriter {
  readonly path: string
  readonly #descriptor: number
  readonly #key: Buffer
  readonly #header: string
  #count: number

  private constructor(path: string, descriptor: number, key: Buffer, header: string, count: number) {
    this.path = path
    this.#descriptor = descriptor
    this.#key = key
    this.#header = header
    this.#count = count
  }

  /**
   * Makes the file; it must not exist.
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT (place that cannot be written), UNAVAILABLE (key module)
   */
  static async create(
    path: string,
    head: Omit<UndoHeader, 'format' | 'key' | 'version'>,
    security: SecurityModule,
  ): Promise<UndoWriter> {
    const key = randomBytes(keyBytes)
    const header: UndoHeader = {
      format: undoFormat,
      version: undoVersion,
      ...head,
      key: await encryptValue(security, key.toString('hex')),
    }
    const line = JSON.stringify(header)
    let descriptor: number
    try {
      descriptor = openSync(path, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        throw new PiError('ALREADY_EXISTS', `The undo file ${path} exists already.`, {
          hints: ['Give another one: --undo-file FILE'],
        })
      }
      throw new PiError('INVALID_INPUT', `The undo file ${path} cannot be written: ${reasonOf(error)}.`, {
        hints: ['Give another place: --undo-file FILE', 'Or go without a way back: --no-undo'],
        cause: error,
      })
    }
    writeSync(descriptor, `${line}\n`)
    fdatasyncSync(descriptor)
    return new UndoWriter(path, descriptor, key, line, 0)
  }

  /**
   * Goes on with the file of a run that was interrupted; half a line at its end is cut off.
   * @throws PiError INVALID_INPUT, INTEGRITY
   */
  static async resume(path: string, security: SecurityModule): Promise<{writer: UndoWriter; records: UndoRecord[]}> {
    const opened = await openUndo(path, security)
    const records = opened.lines.map((line, index) => decryptRecord(line, index, opened.key, opened.line, path))
    const descriptor = openSync(path, 'a+')
    ftruncateSync(descriptor, opened.end)
    return {
      writer: new UndoWriter(path, descriptor, opened.key, opened.line, opened.lines.length),
      records,
    }
  }

  /** Returns when the records are on the disk. */
  append(records: readonly UndoRecord[]): void {
    if (records.length === 0) return
    let text = ''
    for (const record of records) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
      cipher.setAAD(boundTo(this.#header, this.#count))
      const parts = [nonce, cipher.update(JSON.stringify(record), 'utf8'), cipher.final(), cipher.getAuthTag()]
      text += `${Buffer.concat(parts).toString('base64')}\n`
      this.#count += 1
    }
    writeAll(this.#descriptor, Buffer.from(text))
    fdatasyncSync(this.#descriptor)
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** Closes the file; one without any record is removed. */
  close(): void {
    this.#key.fill(0)
    closeSync(this.#descriptor)
    if (this.#count === 0) rmSync(this.path, {force: true})
  }
}

/** An undo file to be read, the last change first. */
export interface UndoFile {
  header: UndoHeader
  count: number
  /** @throws PiError INTEGRITY */
  records(): Iterable<UndoRecord>
}

/** @throws PiError INVALID_INPUT (not there, something else), INTEGRITY (another key, damaged) */
export async function readUndoFile(path: string, security: SecurityModule): Promise<UndoFile> {
  const {header, key, line, lines} = await openUndo(path, security)
  return {
    header,
    count: lines.length,
    *records() {
      for (let index = lines.length - 1; index >= 0; index--) yield decryptRecord(lines[index]!, index, key, line, path)
    },
  }
}

/** Place of a line in the file. */
interface Line {
  start: number
  length: number
}

async function openUndo(
  path: string,
  security: SecurityModule,
): Promise<{header: UndoHeader; line: string; key: Buffer; lines: Line[]; end: number}> {
  const {line, lines, end} = indexLines(path)
  let header: UndoHeader
  try {
    header = JSON.parse(line) as UndoHeader
  } catch (error) {
    throw notAnUndoFile(path, error)
  }
  if (header.format !== undoFormat || header.version !== undoVersion || typeof header.key !== 'string') {
    throw notAnUndoFile(path)
  }
  let key: Buffer
  try {
    key = Buffer.from(await decryptValue(security, header.key), 'hex')
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
    throw new PiError('INTEGRITY', `${path} was written under another encryption key.`, {cause: error})
  }
  if (key.length !== keyBytes) throw notAnUndoFile(path)
  return {header, line, key, lines, end}
}

/** Finds the lines of a file without holding it. */
function indexLines(path: string): {line: string; lines: Line[]; end: number} {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The undo file ${path} cannot be read: ${reasonOf(error)}.`, {cause: error})
  }
  try {
    const size = fstatSync(descriptor).size
    const buffer = Buffer.alloc(1024 * 1024)
    const lines: Line[] = []
    let start = 0
    for (let at = 0; at < size;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, at)
      if (count === 0) break
      for (let found = buffer.indexOf(0x0a); found >= 0 && found < count; found = buffer.indexOf(0x0a, found + 1)) {
        lines.push({start, length: at + found - start})
        start = at + found + 1
      }
      at += count
    }
    const first = lines.shift()
    if (!first) throw notAnUndoFile(path)
    const head = Buffer.alloc(first.length)
    readSync(descriptor, head, 0, first.length, 0)
    return {line: head.toString('utf8'), lines, end: start}
  } finally {
    closeSync(descriptor)
  }
}

function decryptRecord({start, length}: Line, index: number, key: Buffer, header: string, path: string): UndoRecord {
  const descriptor = openSync(path, 'r')
  try {
    const text = Buffer.alloc(length)
    readSync(descriptor, text, 0, length, start)
    const bytes = Buffer.from(text.toString('latin1'), 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
    decipher.setAAD(boundTo(header, index))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const plain = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
    return JSON.parse(plain.toString('utf8')) as UndoRecord
  } catch (error) {
    throw new PiError('INTEGRITY', `Record ${index + 1} of ${path} is damaged.`, {cause: error})
  } finally {
    closeSync(descriptor)
  }
}

function boundTo(header: string, index: number): Buffer {
  return Buffer.from(`${header}\n${index}`)
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at)
}

function notAnUndoFile(path: string, cause?: unknown): PiError {
  return new PiError('INVALID_INPUT', `${path} is not an undo file of the janitor.`, {cause})
}
