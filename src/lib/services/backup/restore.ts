import {basename, join, resolve} from 'node:path'
import {editConfig, type NewValue} from '../../config/edit.js'
import type {Settings} from '../../config/settings.js'
import {describeUrl, parseSqlalchemyUrl} from '../../db/sqlalchemy-url.js'
import {PiError} from '../../errors.js'
import {writeNewFile} from '../../files/durable.js'
import type {SecurityModule} from '../../security-module.js'
import {readArchive} from './archive-reader.js'
import {checkArchive, otherKey, undecryptable, type CheckedArchive} from './check.js'
import type {OpenWith} from './envelope.js'
import {ownArchiveOf} from './open-any.js'
import {restoreDatabase} from './restore-database.js'
import {planFiles, StagedFiles, type PlannedFile} from './restore-files.js'

export interface RestoreEnv {
  /** Of this machine; undefined where there is no installation yet. */
  settings: () => Promise<Settings | undefined>
  /** Of a configuration file. @throws PiError CONFIG */
  settingsAt: (file: string) => Promise<Settings>
  /** The keys of these settings, or of a key file instead of theirs. @throws PiError */
  security: (settings: Settings, enckeyFile: string | undefined) => Promise<SecurityModule>
  warn: (message: string) => void
}

export interface RestoreOptions {
  file: string
  keys: OpenWith
  /** Folder below which everything is put, and nothing elsewhere. */
  target?: string | undefined
  /** Database to restore into. */
  databaseUri?: string | undefined
  /** Restore into the database of the present configuration, and keep its URI. */
  keepDbUri?: boolean
  skipConfig?: boolean
  skipDb?: boolean
  /** Key file for the look at whether key and database belong together. */
  enckeyFile?: string | undefined
  skipKeyCheck?: boolean
  onProgress?: (progress: {stage: string; seen: number; total: number | undefined}) => void
}

/** What a restore will do: every check was passed, and nothing is written. */
export interface RestorePlan {
  archive: CheckedArchive
  options: RestoreOptions
  files: PlannedFile[]
  /** Settings of the restored configuration that become others. */
  edits: Record<string, NewValue>
  /** Undefined when the database is left alone. */
  uri: string | undefined
  /** Without password. */
  database: string | undefined
  settings: Settings | undefined
  /** Whether the backup holds the encryption key. */
  enckey: boolean
  /** Encrypted values that were decrypted; undefined when no key was there. */
  decrypted: number | undefined
}

/**
 * @param folder for what is made of a backup of an original; it is needed until the restore is done
 * @throws PiError INVALID_INPUT, USAGE, INTEGRITY, CONFIG, REFUSED
 */
export async function planRestore(env: RestoreEnv, options: RestoreOptions, folder: string): Promise<RestorePlan> {
  const seen = {rows: 0}
  const file = await ownArchiveOf(options.file, options.keys, folder, env)
  const archive = await checkArchive(file, options.keys, (_table, rows) => {
    seen.rows += rows
    options.onProgress?.({stage: 'checking', seen: seen.rows, total: undefined})
  })
  const target = options.target === undefined ? undefined : resolve(options.target)
  const files = options.skipConfig ? [] : await planFiles(archive.header, archive.manifest.files, target)
  const archived = options.skipConfig ? undefined : await archivedSettings(env, archive, folder)
  const wantsDatabase = !options.skipDb && archive.header.database !== undefined
  const found = wantsDatabase ? await databaseFor(env, options, target, archived) : undefined
  const settings = archived ?? found?.settings ?? (await env.settings().catch(() => undefined))
  const edits = archived ? editsFor(archived, files, found?.uri, target) : {}
  const decrypted =
    wantsDatabase && !options.skipKeyCheck ? await keyCheck(env, options, archive, settings, folder) : undefined
  return {
    archive,
    options,
    files,
    edits,
    uri: found?.uri,
    database: found && describeUrl(parseSqlalchemyUrl(found.uri)),
    settings,
    enckey: archive.manifest.files.some(({role}) => role === 'enckey'),
    decrypted,
  }
}

/**
 * Carries out a plan: files are written beside their places, the database is made anew beside the old one and read back;
 * then the database is swapped, and after it the files.
 * @returns the files written
 */
export async function runRestore(env: RestoreEnv, plan: RestorePlan): Promise<string[]> {
  const {archive, edits, files, options, settings, uri} = plan
  const staged = new StagedFiles()
  try {
    const wanted = new Map(files.filter(({state}) => state !== 'same').map((planned) => [planned.file.path, planned]))
    const edited = Object.keys(edits).length > 0
    if (edited)
      for (const planned of files.filter(({file}) => file.role === 'config')) wanted.set(planned.file.path, planned)
    if (wanted.size > 0) {
      await readArchive(archive.file, options.keys, {
        async file(path, content) {
          const planned = wanted.get(path)
          if (!planned) return
          const isConfig = planned.file.role === 'config' && edited
          await staged.add(
            planned,
            isConfig ? editConfig(content, {set: edits, comment: 'Set by pi-manage backup restore.'}) : content,
          )
        },
      })
    }
    if (uri !== undefined) {
      let seen = 0
      const onRows = (_table: string, rows: number) => {
        seen += rows
        options.onProgress?.({stage: 'restoring', seen, total: undefined})
      }
      await restoreDatabase({archive, keys: options.keys, uri, settings, warn: env.warn, onRows})
    }
    return await staged.swap()
  } finally {
    await staged.discard()
  }
}

/** The settings that the archive's configuration makes, read where it can do no harm. */
async function archivedSettings(
  env: RestoreEnv,
  {contents, header}: CheckedArchive,
  folder: string,
): Promise<Settings | undefined> {
  const content = header.config === null ? undefined : contents.get(header.config)
  if (!content) return undefined
  const copy = join(folder, `archived-${basename(header.config!)}`)
  await writeNewFile(copy, content, {mode: 0o600})
  return env.settingsAt(copy)
}

async function databaseFor(
  env: RestoreEnv,
  {databaseUri, keepDbUri}: RestoreOptions,
  target: string | undefined,
  archived: Settings | undefined,
): Promise<{uri: string; settings: Settings | undefined}> {
  if (databaseUri !== undefined) return {uri: databaseUri, settings: undefined}
  if (target !== undefined && !keepDbUri) return {uri: `sqlite:///${join(target, 'data.sqlite')}`, settings: undefined}
  const settings = keepDbUri || !archived ? await env.settings() : archived
  const uri = settings?.text('SQLALCHEMY_DATABASE_URI')
  if (uri !== undefined) return {uri, settings}
  throw new PiError('CONFIG', 'Nothing says which database to restore into.', {
    hints: ['Name it: --db-uri URI', 'Or restore into that of the present configuration: --keep-db-uri'],
  })
}

/** What the restored configuration must say else: the database, and with a target where its files are. */
function editsFor(
  archived: Settings,
  files: readonly PlannedFile[],
  uri: string | undefined,
  target: string | undefined,
): Record<string, NewValue> {
  const edits: Record<string, NewValue> = {}
  if (uri !== undefined && archived.get('SQLALCHEMY_DATABASE_URI') !== uri) edits['SQLALCHEMY_DATABASE_URI'] = uri
  if (target === undefined) return edits
  const prefix = archived.product === 'edumfa' ? 'EDUMFA' : 'PI'
  for (const name of ['ENCFILE', 'AUDIT_KEY_PRIVATE', 'AUDIT_KEY_PUBLIC']) {
    const path = archived.path(`PI_${name}`)
    const moved = files.find(({file}) => file.path === path)
    if (moved) edits[`${prefix}_${name}`] = moved.to
  }
  return edits
}

/** @returns how many values were decrypted; undefined without any key */
async function keyCheck(
  env: RestoreEnv,
  {enckeyFile}: RestoreOptions,
  {contents, manifest, samples}: CheckedArchive,
  settings: Settings | undefined,
  folder: string,
): Promise<number | undefined> {
  if (samples.length === 0) return 0
  const contained = manifest.files.find(({role}) => role === 'enckey')
  let keyFile = enckeyFile
  if (keyFile === undefined && contained) {
    keyFile = join(folder, 'enckey')
    await writeNewFile(keyFile, contents.get(contained.path) ?? Buffer.alloc(0), {mode: 0o600})
  }
  let security: SecurityModule
  try {
    if (!settings) return undefined
    security = await env.security(settings, keyFile)
  } catch (error) {
    if (error instanceof PiError && error.code === 'CONFIG' && keyFile === undefined) return undefined
    throw error
  }
  try {
    const failed = await undecryptable(samples, security)
    if (failed.length > 0) throw otherKey(failed)
    return samples.length
  } finally {
    await security.close()
  }
}
