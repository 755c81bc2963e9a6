import {execFile} from 'node:child_process'
import {chmod, chown, stat} from 'node:fs/promises'
import {promisify} from 'node:util'
import type {Settings} from '../config/settings.js'
import {parseSqlalchemyUrl} from '../db/sqlalchemy-url.js'
import {notFound, PiError, reasonOf} from '../errors.js'

/** A file with secrets, and who may do what with it. */
interface GuardedFile {
  file: string
  /** Bits that the mode may have at most. */
  most: number
  /** The mode it gets. */
  mode: number
}

export interface PermissionFinding {
  file: string
  problem: string
}

export interface PermissionReport {
  files: string[]
  findings: PermissionFinding[]
  /** False with `check`. */
  mended: boolean
}

/**
 * Looks at the files with secrets of an installation, and mends who may read them: the configuration 0640, key files
 * 0400, a SQLite database 0640 at most (spec/03-cli.md §C, fix-access-rights).
 * @param options.owner user name or number that is to own them; left out, the owner is not looked at
 * @throws PiError NOT_FOUND (no such user), CONFIG (a file is missing), UNAVAILABLE (not allowed to change it)
 */
export async function fixPermissions(
  settings: Settings,
  {check = false, owner}: {check?: boolean; owner?: string | undefined} = {},
): Promise<PermissionReport> {
  const uid = owner === undefined ? undefined : await userId(owner)
  const findings: PermissionFinding[] = []
  const files = await guardedFiles(settings)
  for (const {file, mode, most} of files) {
    const found = await statOf(file)
    const excess = (found.mode & 0o777 & ~most) !== 0
    const foreign = uid !== undefined && found.uid !== uid
    if (excess) findings.push({file, problem: `mode ${octal(found.mode)}, at most ${octal(most)} is safe`})
    if (foreign) findings.push({file, problem: `owned by user ${found.uid} instead of ${owner}`})
    if (check) continue
    try {
      if (foreign) await chown(file, uid, found.gid)
      if (excess) await chmod(file, mode)
    } catch (error) {
      throw new PiError('UNAVAILABLE', `The rights of ${file} cannot be changed: ${reasonOf(error)}`, {
        cause: error,
        hints: ['Run it as the owner of the file, or as root'],
      })
    }
  }
  return {files: files.map(({file}) => file), findings, mended: !check}
}

async function guardedFiles(settings: Settings): Promise<GuardedFile[]> {
  const files: GuardedFile[] = []
  if (settings.file) files.push({file: settings.file, mode: 0o640, most: 0o640})
  for (const key of ['PI_ENCFILE', 'PI_AUDIT_KEY_PRIVATE']) {
    const file = settings.path(key)
    if (file) files.push({file, mode: 0o400, most: 0o600})
  }
  const database = sqliteFile(settings)
  if (database) files.push({file: database, mode: 0o640, most: 0o660})
  return files
}

function sqliteFile(settings: Settings): string | undefined {
  const uri = settings.text('SQLALCHEMY_DATABASE_URI')
  if (!uri?.startsWith('sqlite')) return undefined
  const {database} = parseSqlalchemyUrl(uri)
  return database?.startsWith('/') ? database : undefined
}

async function statOf(file: string): Promise<{mode: number; uid: number; gid: number}> {
  try {
    return await stat(file)
  } catch (error) {
    throw new PiError('CONFIG', `The file ${file} cannot be looked at: ${reasonOf(error)}`, {cause: error})
  }
}

/** Asked of `id`, which also knows users of directory services. */
async function userId(owner: string): Promise<number> {
  if (/^\d+$/.test(owner)) return Number(owner)
  if (!/^[\w.$@-]+$/.test(owner) || owner.startsWith('-')) throw notFound('system user', owner)
  try {
    const {stdout} = await promisify(execFile)('id', ['-u', '--', owner])
    return Number(stdout.trim())
  } catch {
    throw notFound('system user', owner)
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
