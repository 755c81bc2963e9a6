import {createHash, createPublicKey, type KeyObject} from 'node:crypto'
import {mkdir, open, type FileHandle} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {gzip} from 'node:zlib'
import {keyFingerprint} from '../../audit/generations.js'
import {signText} from '../../crypto/signature.js'
import type {Database, Row} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import {removeFile, writeNewFile} from '../../files/durable.js'
import {
  archiveColumns,
  dataSuffix,
  lineOf,
  manifestSuffix,
  type ArchiveManifest,
  type SignedManifest,
} from './format.js'

const compress = promisify(gzip)

export interface ArchiveWriter {
  /** Writes rows; they are on the disk when it returns. */
  add(rows: readonly Row[]): Promise<void>
  /** @returns the manifest's name; undefined when there were no rows */
  finish(): Promise<string | undefined>
}

/**
 * Begins an archive in a folder, which is made when it is not there. Rows are compressed in blocks, each a whole gzip
 * member, so that everything up to the last block can be read even when the program is killed.
 * @throws PiError CONFIG
 */
export async function openArchive(
  folder: string,
  {db, key}: {db: Database; key: KeyObject | undefined},
): Promise<ArchiveWriter> {
  const name = `${db.schema.auditTable}-${new Date().toISOString().replaceAll(/[:.]/g, '')}`
  const path = join(folder, `${name}${dataSuffix}`)
  let file: FileHandle
  try {
    await mkdir(folder, {recursive: true, mode: 0o700})
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    throw new PiError('CONFIG', `The archive ${path} cannot be written: ${reasonOf(error)}`, {cause: error})
  }
  return new Archive(file, {folder, name, db, key})
}

interface ArchiveOptions {
  folder: string
  name: string
  db: Database
  key: KeyObject | undefined
}

class Archive implements ArchiveWriter {
  readonly #file: FileHandle
  readonly #options: ArchiveOptions
  readonly #columns: string[]
  readonly #hash = createHash('sha256')
  readonly #contentHash = createHash('sha256')
  #rows = 0
  #bytes = 0
  #firstId: number | null = null
  #lastId: number | null = null

  constructor(file: FileHandle, options: ArchiveOptions) {
    this.#file = file
    this.#options = options
    this.#columns = archiveColumns(options.db.schema)
  }

  async add(rows: readonly Row[]): Promise<void> {
    const text = rows.map((row) => `${lineOf(row, this.#columns)}\n`).join('')
    const block = await compress(text)
    try {
      await this.#file.appendFile(block)
      await this.#file.datasync()
    } catch (error) {
      throw new PiError('CONFIG', `The archive cannot be written: ${reasonOf(error)}`, {cause: error})
    }
    this.#hash.update(block)
    this.#contentHash.update(text)
    this.#bytes += block.length
    this.#rows += rows.length
    for (const row of rows) {
      const id = Number(row['id'])
      this.#firstId = Math.min(this.#firstId ?? id, id)
      this.#lastId = Math.max(this.#lastId ?? id, id)
    }
  }

  async finish(): Promise<string | undefined> {
    const {folder, name, db, key} = this.#options
    await this.#file.sync()
    await this.#file.close()
    if (this.#rows === 0) {
      await removeFile(join(folder, `${name}${dataSuffix}`))
      return undefined
    }
    const manifest: ArchiveManifest = {
      format: 1,
      file: `${name}${dataSuffix}`,
      time: new Date().toISOString(),
      product: db.schema.product,
      version: db.schema.version,
      table: db.schema.auditTable,
      columns: this.#columns,
      rows: this.#rows,
      firstId: this.#firstId,
      lastId: this.#lastId,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      contentSha256: this.#contentHash.digest('hex'),
    }
    const signed: SignedManifest = {
      manifest,
      key: key ? keyFingerprint(createPublicKey(key)) : '',
      signature: key ? await signText(key, JSON.stringify(manifest)) : '',
    }
    const path = join(folder, `${name}${manifestSuffix}`)
    await writeNewFile(path, `${JSON.stringify(signed, undefined, 2)}\n`, {mode: 0o600})
    return path
  }
}
