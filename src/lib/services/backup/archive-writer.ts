import {createHash, randomBytes} from 'node:crypto'
import {constants} from 'node:fs'
import {access, open, rename, rm, type FileHandle} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {pack, type Pack} from 'tar-stream'
import {alreadyExists, PiError, reasonOf} from '../../errors.js'
import {sealed, type SealFor} from './envelope.js'
import {
  headerName,
  manifestName,
  tableFolder,
  type BackupFile,
  type BackupHeader,
  type BackupManifest,
} from './format.js'
import {ParallelGzip} from './parallel-gzip.js'

/** Uncompressed bytes of a table that become one member: a tar says the length of a member before it. */
const partBytes = 4 * 1024 * 1024

/** Makes an archive: first a temporary file that only its owner can read, whole and on the disk before it has its name. */
export class ArchiveWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #pack: Pack
  readonly #written: Promise<void>
  readonly #manifest: BackupManifest = {tables: [], files: [], header: ''}
  #failure: unknown

  private constructor(path: string, temporary: string, packing: Pack, written: Promise<void>) {
    this.#path = path
    this.#temporary = temporary
    this.#pack = packing
    this.#written = written
    written.catch((error: unknown) => {
      this.#failure = error
      packing.destroy(error as Error)
    })
  }

  /** @throws PiError ALREADY_EXISTS, CONFIG (folder not writable), INVALID_INPUT (no key to encrypt to) */
  static async create(path: string, header: BackupHeader, seal: SealFor | undefined): Promise<ArchiveWriter> {
    if (await isThere(path)) throw alreadyExists('backup', path, 'Wait a minute, or name another file with --output')
    const temporary = `${path}.part-${randomBytes(4).toString('hex')}`
    let file: FileHandle
    try {
      file = await open(temporary, 'wx', 0o600)
    } catch (error) {
      throw new PiError('CONFIG', `The backup ${path} cannot be written: ${reasonOf(error)}`, {cause: error})
    }
    const packing = pack()
    try {
      const zipped = packing.pipe(new ParallelGzip())
      packing.on('error', (error) => zipped.destroy(error))
      const content: Readable = seal ? await sealed(zipped, seal) : zipped
      const writer = new ArchiveWriter(path, temporary, packing, writeAll(content, file))
      const bytes = Buffer.from(`${JSON.stringify(header, undefined, 1)}\n`)
      writer.#manifest.header = createHash('sha256').update(bytes).digest('hex')
      await writer.#add({name: headerName, mode: 0o600}, bytes)
      return writer
    } catch (error) {
      packing.destroy()
      await file.close().catch(() => {})
      await rm(temporary, {force: true})
      throw error
    }
  }

  /** Adds a table from its lines. @returns its number of rows */
  async addTable(name: string, pages: AsyncIterable<{text: string; rows: number}>): Promise<number> {
    const hash = createHash('sha256')
    let [rows, bytes, part, held] = [0, 0, 0, 0]
    let pending: Buffer[] = []
    const flush = async () => {
      part += 1
      const member = `${tableFolder}${name}/${String(part).padStart(6, '0')}.tsv`
      const content = Buffer.concat(pending)
      pending = []
      held = 0
      await this.#add({name: member, mode: 0o600}, content)
    }
    for await (const page of pages) {
      const content = Buffer.from(page.text)
      hash.update(content)
      rows += page.rows
      bytes += content.length
      held += content.length
      pending.push(content)
      if (held >= partBytes) await flush()
    }
    if (held > 0) await flush()
    this.#manifest.tables.push({name, rows, bytes, sha256: hash.digest('hex')})
    return rows
  }

  /** Adds a file under its absolute path, with the leading slash left out as tar does. */
  async addFile(file: Omit<BackupFile, 'bytes' | 'sha256'>, content: Buffer, modified: Date): Promise<void> {
    const {mode, uid, gid} = file
    await this.#add({name: file.path.slice(1), mode: mode & 0o777, uid, gid, mtime: modified}, content)
    this.#manifest.files.push({
      ...file,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    })
  }

  /** Completes the archive and gives it its name. @throws PiError UNAVAILABLE (disk full), ALREADY_EXISTS */
  async finish(): Promise<BackupManifest> {
    await this.#add({name: manifestName, mode: 0o600}, Buffer.from(`${JSON.stringify(this.#manifest, undefined, 1)}\n`))
    this.#pack.finalize()
    try {
      await this.#written
    } catch (error) {
      throw unwritable(this.#path, error)
    }
    if (await isThere(this.#path)) throw alreadyExists('backup', this.#path)
    await rename(this.#temporary, this.#path)
    await syncFolder(dirname(this.#path))
    return this.#manifest
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#pack.destroy()
    await this.#written.catch(() => {})
    await rm(this.#temporary, {force: true})
  }

  async #add(
    header: {name: string; mode: number; uid?: number; gid?: number; mtime?: Date},
    content: Buffer,
  ): Promise<void> {
    if (this.#failure !== undefined) throw unwritable(this.#path, this.#failure)
    await new Promise<void>((done, failed) => {
      // Called when whoever reads has taken the member: memory stays flat.
      this.#pack.entry({...header, size: content.length}, content, (error) =>
        error ? failed(unwritable(this.#path, this.#failure ?? error)) : done(),
      )
    })
  }
}

async function writeAll(content: Readable, file: FileHandle): Promise<void> {
  try {
    await pipeline(content, async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        let at = 0
        while (at < chunk.length) at += (await file.write(chunk, at)).bytesWritten
      }
    })
    await file.sync()
  } finally {
    await file.close()
  }
}

function unwritable(path: string, error: unknown): PiError {
  if (error instanceof PiError) return error
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC'
  return new PiError(full ? 'UNAVAILABLE' : 'CONFIG', `The backup ${path} cannot be written: ${reasonOf(error)}`, {
    cause: error,
  })
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().catch(() => {})
  await folder.close()
}
