import {createReadStream} from 'node:fs'
import {open} from 'node:fs/promises'
import type {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createGunzip} from 'node:zlib'
import {extract} from 'tar-stream'
import {PiError, reasonOf} from '../../errors.js'
import {isSealed, notOpened, opened, type OpenWith} from './envelope.js'
import {damagedArchive} from './format.js'

/** A member of an archive; its content must be taken before the next one. */
export interface ArchiveEntry {
  /** As it stands in the archive: relative, with nothing that leads out of where it is put. */
  readonly name: string
  readonly type: 'file' | 'directory'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modified: Date
  /** @throws PiError INTEGRITY (larger than `most`) */
  bytes(most: number): Promise<Buffer>
  chunks(): AsyncIterable<Buffer>
}

/**
 * The members of a gzipped tar, encrypted or not, in their order. A member that is no file or folder, or whose name could
 * lead out of the place where it is put, ends it.
 * @throws PiError INVALID_INPUT (no archive), USAGE (encrypted, no key), INTEGRITY (damaged, other key, hostile names)
 */
export async function* archiveEntries(path: string, keys: OpenWith): AsyncGenerator<ArchiveEntry> {
  const kind = await kindOf(path)
  const file = createReadStream(path, {highWaterMark: 256 * 1024})
  const source: Readable = kind === 'sealed' ? await opened(file, path, keys) : file
  const members = extract()
  // Until its end nothing is proven: it is waited for after the last member.
  let sourceFailure: unknown
  source.once('error', (error) => (sourceFailure = error))
  const whole = pipeline(source, createGunzip(), members as unknown as NodeJS.WritableStream).catch(
    (error: unknown) => {
      members.destroy(error as Error)
      return error
    },
  )
  // What fails while a member is read is known only to whoever reads it.
  const asFailure = (error: unknown): unknown => {
    if (error instanceof PiError) return error
    if (kind === 'sealed' && (sourceFailure !== undefined || isOpenPgpFailure(error))) return notOpened(path, error)
    return damagedArchive(path, isCut(error) ? 'it ends too early' : reasonOf(error), error)
  }
  try {
    for await (const entry of members) {
      const {header} = entry
      const chunks = () => guarded(entry as AsyncIterable<Buffer>, asFailure)
      yield {
        name: safeName(path, header.name, header.type ?? 'file'),
        type: header.type === 'directory' ? 'directory' : 'file',
        size: header.size ?? 0,
        mode: (header.mode ?? 0o600) & 0o777,
        uid: header.uid ?? 0,
        gid: header.gid ?? 0,
        modified: header.mtime ?? new Date(0),
        bytes: (most) => collected(path, header.name, chunks(), most),
        chunks,
      }
      entry.resume()
    }
    const failure: unknown = await whole
    if (failure !== undefined) throw failure
  } catch (error) {
    throw asFailure(error)
  } finally {
    members.destroy()
    source.destroy()
    file.destroy()
  }
}

async function* guarded(chunks: AsyncIterable<Buffer>, asFailure: (error: unknown) => unknown): AsyncGenerator<Buffer> {
  try {
    yield* chunks
  } catch (error) {
    throw asFailure(error)
  }
}

async function kindOf(path: string): Promise<'gzip' | 'sealed'> {
  const head = Buffer.alloc(16)
  try {
    const file = await open(path, 'r')
    try {
      await file.read(head, 0, 16, 0)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The backup ${path} cannot be read: ${reasonOf(error)}`, {
      hints: ['See pi-manage backup list'],
      cause: error,
    })
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (isSealed(head)) return 'sealed'
  throw new PiError('INVALID_INPUT', `${path} is no backup: it is neither compressed nor encrypted.`, {
    hints: ['See pi-manage backup list'],
  })
}

/** @throws PiError INTEGRITY */
function safeName(path: string, name: string, type: string): string {
  const hostile = (what: string) =>
    new PiError('INTEGRITY', `The archive ${path} is refused: ${what} (${JSON.stringify(name.slice(0, 200))}).`)
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') throw hostile(`it holds a ${type}`)
  if (name.startsWith('/')) throw hostile('it holds an absolute name')
  const parts = name.replace(/\/$/, '').split('/')
  // eslint-disable-next-line no-control-regex
  if (parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\x00-\x1f]/.test(name)) {
    throw hostile('it holds a name that leads elsewhere')
  }
  return parts.join('/')
}

async function collected(path: string, name: string, chunks: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > most) throw damagedArchive(path, `${name} is too large`)
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

function isCut(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException
  return code === 'Z_BUF_ERROR' || code === 'ERR_STREAM_PREMATURE_CLOSE' || /unexpected end/i.test(reasonOf(error))
}

function isOpenPgpFailure(error: unknown): boolean {
  return /modification detected|session key|decrypt|integrity|packet/i.test(reasonOf(error))
}
