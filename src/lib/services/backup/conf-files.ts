import {constants} from 'node:fs'
import {lstat, open, readdir, realpath, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {PiError, reasonOf} from '../../errors.js'
import type {BackupFile} from './format.js'

/** What is larger is no configuration. */
const mostBytes = 64 * 1024 * 1024

/** What an interrupted or earlier restore leaves, and what a database has beside it. */
const ownRemains = /\.(?:pi-restore|before-restore)(?:-(?:wal|shm|journal))?$|\.part-[0-9a-f]{8}$/

export interface CollectedFile {
  path: string
  role: BackupFile['role']
  mode: number
  uid: number
  gid: number
  modified: Date
  content(): Promise<Buffer>
}

export interface CollectOptions {
  folders: readonly string[]
  /** Files that have a part of their own, by their path. */
  roles: ReadonlyMap<string, BackupFile['role']>
  /** Left out: the database itself, other backups. */
  without: readonly string[]
  warn: (message: string) => void
}

/**
 * The files below folders, by name. A link to a file counts as that file; links to folders, sockets and the like are left
 * out with a notice.
 * @throws PiError CONFIG (a folder or file that cannot be read)
 */
export async function* collectFiles(options: CollectOptions): AsyncGenerator<CollectedFile> {
  const {roles} = options
  const real = new Map<string, BackupFile['role']>()
  for (const [path, role] of roles) real.set(await realpath(path).catch(() => path), role)
  const seen = new Set<string>()
  for (const folder of options.folders) {
    for await (const file of walk(folder, real, options)) {
      if (seen.has(file.path)) continue
      seen.add(file.path)
      yield file
    }
  }
}

async function* walk(
  folder: string,
  roles: ReadonlyMap<string, BackupFile['role']>,
  options: CollectOptions,
): AsyncGenerator<CollectedFile> {
  let names: string[]
  try {
    names = (await readdir(folder)).sort()
  } catch (error) {
    throw new PiError('CONFIG', `The folder ${folder} cannot be read: ${reasonOf(error)}`, {
      hints: ['Name the folder of the configuration: --conf-dir DIR', 'Run it as a user who may read it'],
      cause: error,
    })
  }
  for (const name of names) {
    const path = join(folder, name)
    if (ownRemains.test(name) || options.without.includes(path)) continue
    const found = await lstat(path)
    if (found.isDirectory()) yield* walk(path, roles, options)
    else {
      const file = await fileAt(path, found.isSymbolicLink(), roles, options.warn)
      if (file) yield file
    }
  }
}

async function fileAt(
  path: string,
  isLink: boolean,
  roles: ReadonlyMap<string, BackupFile['role']>,
  warn: (message: string) => void,
): Promise<CollectedFile | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) {
    warn(`${path} is left out: it is no file${isLink ? ', and leads to none' : ''}.`)
    return undefined
  }
  if (found.size > mostBytes) {
    warn(`${path} is left out: it is too large for a file of the configuration.`)
    return undefined
  }
  const {mode, uid, gid, mtime} = found
  const role = roles.get(await realpath(path)) ?? 'file'
  return {path, role, mode: mode & 0o777, uid, gid, modified: mtime, content: () => contentOf(path)}
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new PiError('CONFIG', `${path} cannot be read: ${reasonOf(error)}`, {
      hints: ['Run it as a user who may read it'],
      cause: error,
    })
  }
}
