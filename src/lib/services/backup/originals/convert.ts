import {createWriteStream} from 'node:fs'
import {open} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import type {Settings} from '../../../config/settings.js'
import {PiError} from '../../../errors.js'
import {writeNewFile} from '../../../files/durable.js'
import {archiveEntries} from '../archive-entries.js'
import {dumped} from '../create.js'
import type {OpenWith} from '../envelope.js'
import {backupFormat, type BackupFile, type BackupHeader} from '../format.js'
import {loadDump} from './load-dump.js'
import {flavourOf} from './sql-dump.js'

/** Only what the originals call their dump: a folder of theirs may hold other SQL, as FreeRADIUS does. */
const dumpName = /^(?:db|dbdump)-\d{8}-\d{4}\.(?:sql|sqlite)$/
const configName = /\/(?:pi|edumfa)\.cfg$/
const mostFileBytes = 64 * 1024 * 1024
const mostBytes = 256 * 1024 * 1024

interface Member {
  path: string
  content: Buffer
  mode: number
  uid: number
  gid: number
  modified: Date
}

interface ConvertEnv {
  /** Reads a configuration file. */
  settingsAt: (file: string) => Promise<Settings>
  warn: (message: string) => void
}

/**
 * Makes one of our archives of a backup that an original made (spec/04 §8), in a folder that nobody else can read: a copy
 * of a SQLite file, or a dump of mysqldump or pg_dump, with the files of the configuration.
 * @throws PiError INTEGRITY (damaged, no dump, hostile names), INVALID_INPUT, CONFIG
 */
export async function convertOriginal(path: string, keys: OpenWith, folder: string, env: ConvertEnv): Promise<string> {
  const {dump, members} = await unpack(path, keys, folder)
  if (dump === undefined) {
    throw new PiError('INTEGRITY', `${path} holds no database dump: it is no backup of an original.`, {
      hints: ['See pi-manage backup list'],
    })
  }
  const config = members.find((member) => configName.test(member.path))
  const {database, sequences} = await asSqlite(dump, folder, env.warn)
  const settings = config && (await settingsOf(config, folder, env))
  const kept = members.filter((member) => {
    const isRemains = basename(member.path) === 'mysql.cnf'
    if (isRemains) env.warn(`${member.path} is left out: the original writes a new one for each backup.`)
    return !isRemains
  })
  const header: BackupHeader = {
    format: backupFormat,
    version: 1,
    created: (await createdOf(path, dump)).toISOString(),
    tool: 'converted from a backup of the original',
    product: settings?.product ?? (config && /edumfa/.test(config.path) ? 'edumfa' : 'privacyidea'),
    config: config?.path ?? null,
    folders: foldersOf(kept, config),
    keys: 'audit',
  }
  const converted = join(folder, 'converted.tgz')
  const roles = rolesOf(settings, config)
  await dumped(
    {uri: `sqlite:///${database}`, settings: undefined, warn: env.warn, sequences},
    {},
    header,
    async (writer) => {
      for (const {content, path: place, mode, uid, gid, modified} of kept) {
        const role = roles.get(place) ?? (/\/enc[kK]ey$/.test(place) ? 'enckey' : 'file')
        await writer.addFile({path: place, role, mode, uid, gid}, content, modified)
      }
    },
    converted,
  )
  return converted
}

async function unpack(
  path: string,
  keys: OpenWith,
  folder: string,
): Promise<{dump: string | undefined; members: Member[]}> {
  const members: Member[] = []
  let dump: string | undefined
  let bytes = 0
  for await (const entry of archiveEntries(path, keys)) {
    const {gid, mode, modified, name, type, uid} = entry
    if (type === 'directory') continue
    if (dumpName.test(basename(name))) {
      if (dump !== undefined) throw new PiError('INTEGRITY', `${path} holds several database dumps.`)
      dump = join(folder, basename(name))
      await pipeline(Readable.from(entry.chunks()), createWriteStream(dump, {flags: 'wx', mode: 0o600}))
      continue
    }
    const content = await entry.bytes(mostFileBytes)
    bytes += content.length
    if (bytes > mostBytes) throw new PiError('INTEGRITY', `${path} holds more than a configuration can have.`)
    members.push({path: `/${name}`, content, mode, uid, gid, modified})
  }
  return {dump, members}
}

async function asSqlite(
  dump: string,
  folder: string,
  warn: (message: string) => void,
): Promise<{database: string; sequences: Record<string, number>}> {
  const head = Buffer.alloc(16)
  const file = await open(dump, 'r')
  await file.read(head, 0, 16, 0)
  await file.close()
  if (head.toString('latin1') === 'SQLite format 3\0') return {database: dump, sequences: {}}
  const database = join(folder, 'converted.sqlite')
  return {database, sequences: await loadDump(dump, database, await flavourOf(dump), warn)}
}

async function settingsOf(
  config: Member,
  folder: string,
  {settingsAt, warn}: ConvertEnv,
): Promise<Settings | undefined> {
  const copy = join(folder, basename(config.path))
  await writeNewFile(copy, config.content, {mode: 0o600})
  try {
    return await settingsAt(copy)
  } catch (error) {
    warn(`The configuration in the backup cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

function rolesOf(settings: Settings | undefined, config: Member | undefined): Map<string, BackupFile['role']> {
  const roles = new Map<string, BackupFile['role']>()
  if (config) roles.set(config.path, 'config')
  for (const [key, role] of [
    ['PI_AUDIT_KEY_PUBLIC', 'audit-public-key'],
    ['PI_AUDIT_KEY_PRIVATE', 'audit-key'],
    ['PI_ENCFILE', 'enckey'],
  ] as const) {
    const place = settings?.path(key)
    if (place !== undefined) roles.set(place, role)
  }
  return roles
}

/** The folder of the configuration as a whole, and those of the other files. */
function foldersOf(members: readonly Member[], config: Member | undefined): string[] {
  const conf = config && dirname(config.path)
  const folders = members
    .map(({path}) => dirname(path))
    .filter((folder) => folder !== '/' && !(conf !== undefined && `${folder}/`.startsWith(`${conf}/`)))
  return [...new Set([...(conf === undefined ? [] : [conf]), ...folders])]
}

/** By the name of the dump, in local time. */
async function createdOf(path: string, dump: string): Promise<Date> {
  const found = /(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)\./.exec(basename(dump))
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = (found ?? []).slice(1).map(Number)
  const date = new Date(year, month - 1, day, hour, minute)
  if (found && Number.isFinite(date.getTime())) return date
  const file = await open(path, 'r')
  try {
    return (await file.stat()).mtime
  } finally {
    await file.close()
  }
}
