import {chmod, chown, stat} from 'node:fs/promises'
import type {Settings} from '../config/settings.js'
import {parseSqlalchemyUrl} from '../db/sqlalchemy-url.js'
import {PiError, reasonOf} from '../errors.js'

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
 * @param options.owner the user that is to own them; left out, the owner is not looked at
 * @throws PiError CONFIG (a file is missing), UNAVAILABLE (not allowed to change it)
 */
export async function fixPermissions(
  settings: Settings,
  {check = false, owner}: {check?: boolean; owner?: {name: string; uid: number} | undefined} = {},
): Promise<PermissionReport> {
  const findings: PermissionFinding[] = []
  const files = await guardedFiles(settings)
  for (const {file, mode, most} of files) {
    const found = await statOf(file)
    const excess = (found.mode & 0o777 & ~most) !== 0
    const foreign = owner !== undefined && found.uid !== owner.uid
    if (excess) findings.push({file, problem: `mode ${octal(found.mode)}, at most ${octal(most)} is safe`})
    if (foreign) findings.push({file, problem: `owned by user ${found.uid} instead of ${owner.name}`})
    if (check) continue
    try {
      if (foreign) await chown(file, owner.uid, found.gid)
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

/** The file of a SQLite database with an absolute path. */
export function sqliteFile(settings: Settings): string | undefined {
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

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
