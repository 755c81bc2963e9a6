import {mkdir} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import type {Settings} from '../../config/settings.js'
import {connect, type Connection} from '../../db/connect.js'
import {describeTables} from '../../db/dump/describe.js'
import type {DumpTable} from '../../db/dump/contract.js'
import {linesOf} from '../../db/dump/rows.js'
import {withSnapshot} from '../../db/dump/snapshot.js'
import {readRevisions, recognise} from '../../db/recognise.js'
import {releaseSchema} from '../../db/schema/releases.js'
import {parseSqlalchemyUrl} from '../../db/sqlalchemy-url.js'
import {PiError, reasonOf} from '../../errors.js'
import {ahead} from '../../jobs/ahead.js'
import {ArchiveWriter} from './archive-writer.js'
import {collectFiles, type CollectedFile} from './conf-files.js'
import type {SealFor} from './envelope.js'
import {backupFormat, type BackupFile, type BackupHeader, type BackupManifest} from './format.js'
import {archiveName} from './names.js'

export interface CreateOptions {
  /** Folder of the backup; it is made when it is missing. */
  directory?: string | undefined
  /** The file itself, instead of a name with the time. */
  output?: string | undefined
  /** Folder of the configuration; default: where the configuration file lies. */
  confDirectory?: string | undefined
  /** Further folders, as that of FreeRADIUS. */
  folders?: readonly string[]
  /**
   * `audit`: without the encryption key and with the audit keys, as the originals; `separate`: both in an archive of
   * their own.
   */
  keys?: 'audit' | 'included' | 'excluded' | 'separate'
  seal?: SealFor | undefined
  /** Leave the rows of the audit log out. */
  withoutAudit?: boolean
  now: Date
  onProgress?: (progress: {stage: string; seen: number; total: number | undefined}) => void
  signal?: AbortSignal | undefined
}

export interface CreatedBackup {
  file: string
  /** Of the key files, when they are separate. */
  keysFile: string | null
  tables: number
  rows: number
  /** Of the database, uncompressed. */
  bytes: number
  files: number
  enckey: boolean
}

export interface CreateEnv {
  settings: Settings
  warn: (message: string) => void
  toolVersion: string
}

/** @throws PiError CONFIG, ALREADY_EXISTS, UNAVAILABLE, INTERRUPTED */
export async function createBackup(env: CreateEnv, options: CreateOptions): Promise<CreatedBackup> {
  const {settings} = env
  const {keys = 'audit', now} = options
  const file = resolve(
    options.output ?? join(directoryOf(settings, options), archiveName(settings.product, now, options)),
  )
  await makeFolder(dirname(file))
  const places = placesOf(settings, options, file)
  const collected: CollectedFile[] = []
  for await (const found of collectFiles({...places, warn: env.warn})) collected.push(found)
  const isKey = ({role}: CollectedFile) => role === 'enckey' || role === 'audit-key'
  const kept = collected.filter((found) => {
    if (found.role === 'enckey') return keys === 'included'
    return found.role !== 'audit-key' || keys === 'included' || keys === 'audit'
  })
  const missing = await missingKey(settings, collected)
  if (keys !== 'excluded' && keys !== 'audit' && missing !== undefined) {
    collected.push(missing)
    if (keys === 'included') kept.push(missing)
  }
  const keyFiles = collected.filter((found) => isKey(found))
  const keysFile = keys === 'separate' && keyFiles.length > 0 ? separateName(file) : null
  const common = {
    format: backupFormat,
    version: 1,
    created: now.toISOString(),
    tool: env.toolVersion,
    product: settings.product,
    config: settings.file !== undefined && kept.some(({role}) => role === 'config') ? settings.file : null,
  } as const
  const header: BackupHeader = {...common, folders: foldersOf(places.folders, kept), keys}
  const source = {uri: settings.required('SQLALCHEMY_DATABASE_URI'), settings, warn: env.warn}
  const manifest = await dumped(source, options, header, async (writer) => addFiles(writer, kept), file)
  if (keysFile !== null) {
    const only: BackupHeader = {...common, config: null, folders: foldersOf([], keyFiles), keys: 'only'}
    const writer = await ArchiveWriter.create(keysFile, only, options.seal)
    await finished(writer, () => addFiles(writer, keyFiles))
  }
  return {
    file,
    keysFile,
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, {rows}) => sum + rows, 0),
    bytes: manifest.tables.reduce((sum, {bytes}) => sum + bytes, 0),
    files: manifest.files.length,
    enckey: manifest.files.some(({role}) => role === 'enckey'),
  }
}

export interface DumpSource {
  uri: string
  /** For the options of the connection. */
  settings: Settings | undefined
  warn: (message: string) => void
  /** Next values of sequences that the database itself does not have. */
  sequences?: Record<string, number>
}

/** Dumps a database, and whatever `more` adds, into a new archive. */
export async function dumped(
  {settings, uri, warn, sequences = {}}: DumpSource,
  options: Pick<CreateOptions, 'onProgress' | 'seal' | 'signal' | 'withoutAudit'>,
  header: BackupHeader,
  more: (writer: ArchiveWriter) => Promise<void>,
  file: string,
): Promise<BackupManifest> {
  const connection = await connect(uri, {settings, readOnly: true, warn})
  try {
    const {database, tables} = await describeDatabase(connection, warn)
    Object.assign(database.sequences, sequences)
    const writer = await ArchiveWriter.create(file, {...header, database}, options.seal)
    return await finished(writer, async () => {
      await withSnapshot(connection, async (read) => {
        const live = (await connection.dialect.readCatalogue(connection.knex)).tables
        for (const table of tables) {
          const empty = options.withoutAudit && /^(pidea|mfa)_audit$/.test(table.name)
          const pages = linesOf(table, {dialect: connection.dialect, live: live.get(table.name)!, read})
          await writer.addTable(table.name, empty ? nothing() : watched(table.name, ahead(pages), options))
        }
      })
      await more(writer)
    })
  } finally {
    await connection.knex.destroy()
  }
}

async function describeDatabase(connection: Connection, warn: (message: string) => void) {
  const {dialect, knex: k, description} = connection
  const catalogue = await dialect.readCatalogue(k)
  const found = recognise(catalogue, await readRevisions(k, catalogue), {purpose: 'main', warn})
  if (!found) throw new PiError('CONFIG', `The database is empty (${description}).`, {hints: ['pi-manage db status']})
  const {product, version, revision} = found.schema
  const tables = (await describeTables(connection, releaseSchema(product, version))).filter((table) => {
    const odd = [table.name, ...table.columns.map(({name}) => name)].find(
      (name) => !/^[A-Za-z_][\w$]{0,63}$/.test(name),
    )
    if (odd !== undefined) warn(`The table ${table.name} is left out: ${odd} is no name that every database takes.`)
    return odd === undefined
  })
  const sequences: Record<string, number> = {}
  for (const name of catalogue.sequences) {
    if (/^[A-Za-z_][\w$]{0,63}$/.test(name)) sequences[name] = Math.max(0, await dialect.sequencePosition(k, name))
  }
  const database = {kind: dialect.name, release: version, revision: revision ?? null, sequences, tables: copied(tables)}
  return {database, tables}
}

function copied(tables: readonly DumpTable[]): NonNullable<BackupHeader['database']>['tables'] {
  return JSON.parse(JSON.stringify(tables)) as NonNullable<BackupHeader['database']>['tables']
}

async function* watched<P extends {rows: number}>(
  table: string,
  pages: AsyncIterable<P>,
  {onProgress, signal}: Pick<CreateOptions, 'onProgress' | 'signal'>,
): AsyncGenerator<P> {
  let seen = 0
  for await (const page of pages) {
    if (signal?.aborted) throw new PiError('INTERRUPTED', 'Interrupted; no backup was written.')
    yield page
    seen += page.rows
    onProgress?.({stage: table, seen, total: undefined})
  }
}

async function* nothing(): AsyncGenerator<never> {}

async function finished(writer: ArchiveWriter, add: () => Promise<void>): Promise<BackupManifest> {
  try {
    await add()
    return await writer.finish()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function addFiles(writer: ArchiveWriter, files: readonly CollectedFile[]): Promise<void> {
  for (const {path, role, mode, uid, gid, modified, content} of files) {
    await writer.addFile({path, role, mode, uid, gid}, await content(), modified)
  }
}

function directoryOf(settings: Settings, {directory}: CreateOptions): string {
  return directory ?? `/var/lib/${settings.product}/backup`
}

/** What is backed up, and what in there is not. */
function placesOf(settings: Settings, {confDirectory, folders = []}: CreateOptions, file: string) {
  const conf = confDirectory ?? (settings.file === undefined ? undefined : dirname(settings.file))
  const roles = new Map<string, BackupFile['role']>()
  if (settings.file !== undefined) roles.set(settings.file, 'config')
  for (const [key, role] of [
    ['PI_AUDIT_KEY_PUBLIC', 'audit-public-key'],
    ['PI_AUDIT_KEY_PRIVATE', 'audit-key'],
    ['PI_ENCFILE', 'enckey'],
  ] as const) {
    const path = settings.path(key)
    if (path !== undefined) roles.set(path, role)
  }
  const without = [dirname(file)]
  const url = parseSqlalchemyUrl(settings.required('SQLALCHEMY_DATABASE_URI'))
  if (url.backend === 'sqlite' && url.database) {
    const database = resolve(url.database)
    without.push(database, `${database}-wal`, `${database}-shm`, `${database}-journal`)
  }
  const all = [...(conf === undefined ? [] : [conf]), ...folders].map((folder) => resolve(folder))
  return {folders: all, roles, without: without.filter((path) => !all.includes(path))}
}

/** A key file that lies elsewhere. */
async function missingKey(settings: Settings, collected: readonly CollectedFile[]): Promise<CollectedFile | undefined> {
  const path = settings.path('PI_ENCFILE')
  if (path === undefined || collected.some(({role}) => role === 'enckey')) return undefined
  const roles = new Map([[path, 'enckey' as const]])
  for await (const file of collectFiles({folders: [dirname(path)], roles, without: [], warn: () => {}})) {
    if (file.role === 'enckey') return file
  }
  return undefined
}

function foldersOf(folders: readonly string[], files: readonly CollectedFile[]): string[] {
  const outside = files.filter(({path}) => !folders.some((folder) => path.startsWith(`${folder}/`)))
  return [...new Set([...folders, ...outside.map(({path}) => dirname(path))])]
}

function separateName(file: string): string {
  const renamed = file.replace(/-backup-(?=[^/]*$)/, '-keys-')
  return renamed === file ? `${file}.keys` : renamed
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, {mode: 0o700, recursive: true})
  } catch (error) {
    throw new PiError('CONFIG', `The folder ${folder} cannot be made: ${reasonOf(error)}`, {
      hints: ['Name another one: --directory DIR'],
      cause: error,
    })
  }
}
