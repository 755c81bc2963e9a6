import {join} from 'node:path'
import {connect} from '../../db/connect.js'
import {PiError} from '../../errors.js'
import {writeNewFile} from '../../files/durable.js'
import {checkArchive, otherKey, undecryptable} from './check.js'
import type {OpenWith} from './envelope.js'
import {ownArchiveOf, withFolder} from './open-any.js'
import type {RestoreEnv} from './restore.js'
import {restoreDatabase} from './restore-database.js'

export interface VerifyOptions {
  file: string
  keys: OpenWith
  /** Key file to decrypt with, instead of the one in the backup or that of the installation. */
  enckeyFile?: string | undefined
  /** Restore into a database made for it: a temporary SQLite file, or an empty database. */
  scratch?: 'sqlite' | {uri: string} | undefined
  onProgress?: (progress: {stage: string; seen: number; total: number | undefined}) => void
}

export interface VerifiedBackup {
  file: string
  created: string
  product: string
  release: string | null
  tables: number
  rows: number
  bytes: number
  files: number
  /** Whether the encryption key is in it. */
  enckey: boolean
  /** Encrypted values that were decrypted, one of each kind; null when no key was there. */
  decrypted: number | null
  /** Whether it was restored into a scratch database and read back. */
  restored: boolean
}

/**
 * Reads a backup as a restore does, and writes nothing but a scratch database.
 * @throws PiError INVALID_INPUT, USAGE, INTEGRITY (damaged, or the key is another), REFUSED (scratch database not empty)
 */
export async function verifyBackup(env: RestoreEnv, options: VerifyOptions): Promise<VerifiedBackup> {
  const {keys, onProgress, scratch} = options
  let seen = 0
  return withFolder(async (folder) => {
    const file = await ownArchiveOf(options.file, keys, folder, env)
    const archive = await checkArchive(file, keys, (_table, rows) => {
      seen += rows
      onProgress?.({stage: 'checking', seen, total: undefined})
    })
    const {header, manifest, samples} = archive
    const decrypted = samples.length === 0 ? 0 : await decryptedBy(env, options, archive, folder)
    if (scratch && header.database) {
      const uri = scratch === 'sqlite' ? `sqlite:///${join(folder, 'scratch.sqlite')}` : scratch.uri
      if (scratch !== 'sqlite') await refuseFilled(uri, env.warn)
      await restoreDatabase({archive, keys, uri, settings: undefined, warn: env.warn})
    }
    return {
      file: options.file,
      created: header.created,
      product: header.product,
      release: header.database?.release ?? null,
      tables: manifest.tables.length,
      rows: manifest.tables.reduce((sum, {rows}) => sum + rows, 0),
      bytes: manifest.tables.reduce((sum, {bytes}) => sum + bytes, 0),
      files: manifest.files.length,
      enckey: manifest.files.some(({role}) => role === 'enckey'),
      decrypted: decrypted ?? null,
      restored: scratch !== undefined && header.database !== undefined,
    }
  })
}

async function decryptedBy(
  env: RestoreEnv,
  {enckeyFile}: VerifyOptions,
  {contents, manifest, samples}: Awaited<ReturnType<typeof checkArchive>>,
  folder: string,
): Promise<number | undefined> {
  const settings = await env.settings().catch(() => undefined)
  if (!settings) return undefined
  const contained = manifest.files.find(({role}) => role === 'enckey')
  let file = enckeyFile
  if (file === undefined && contained) {
    file = join(folder, 'enckey')
    await writeNewFile(file, contents.get(contained.path) ?? Buffer.alloc(0), {mode: 0o600})
  }
  try {
    const security = await env.security(settings, file)
    try {
      const failed = await undecryptable(samples, security)
      if (failed.length > 0) throw otherKey(failed)
      return samples.length
    } finally {
      await security.close()
    }
  } catch (error) {
    if (error instanceof PiError && error.code === 'CONFIG' && file === undefined) return undefined
    throw error
  }
}

async function refuseFilled(uri: string, warn: (message: string) => void): Promise<void> {
  const {dialect, knex, description} = await connect(uri, {create: true, warn})
  try {
    const {tables} = await dialect.readCatalogue(knex)
    if (tables.size === 0) return
    throw new PiError('REFUSED', `The scratch database is not empty (${description}).`, {
      hints: ['Name an empty one, or leave --scratch-uri out for a temporary file'],
    })
  } finally {
    await knex.destroy()
  }
}
