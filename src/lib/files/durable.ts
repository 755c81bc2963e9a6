import {randomBytes} from 'node:crypto'
import {constants, type Stats} from 'node:fs'
import {copyFile, link, open, rename, stat, unlink, type FileHandle} from 'node:fs/promises'
import {dirname} from 'node:path'
import {alreadyExists, PiError, reasonOf} from '../errors.js'

/** Owner, group and mode that a new file is to have. */
export interface FileAttributes {
  mode: number
  uid?: number
  gid?: number
}

/** Those of an existing file, so that whoever could read it can read what replaces it. @throws PiError CONFIG */
export async function attributesOf(path: string): Promise<FileAttributes> {
  try {
    const {mode, uid, gid}: Stats = await stat(path)
    return {mode: mode & 0o7777, uid, gid}
  } catch (error) {
    throw fileError(path, 'read', error)
  }
}

/**
 * Writes a file that must not exist yet, with its mode from the first moment on, and makes it durable.
 * @throws PiError ALREADY_EXISTS, CONFIG
 */
export async function writeNewFile(
  path: string,
  content: Uint8Array | string,
  attributes: FileAttributes,
): Promise<void> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', attributes.mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyExists('file', path)
    throw fileError(path, 'written', error)
  }
  try {
    await file.writeFile(content)
    await applyAttributes(file, attributes)
    await file.sync()
  } catch (error) {
    await file.close()
    await unlink(path).catch(() => {})
    throw fileError(path, 'written', error)
  }
  await file.close()
  await syncFolder(path)
}

/**
 * Puts new content in the place of a file: readers see the old or the new, whatever happens.
 * @throws PiError CONFIG
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  attributes: FileAttributes,
): Promise<void> {
  const temporary = `${path}.tmp-${randomBytes(6).toString('hex')}`
  await writeNewFile(temporary, content, attributes)
  await moveOver(temporary, path)
}

/**
 * Gives a file a second name, the first stays; a copy where the file system has no hard links. A second name that exists
 * already is left alone.
 * @throws PiError CONFIG
 */
export async function secondName(path: string, second: string): Promise<void> {
  try {
    await link(path, second)
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS')
      throw fileError(second, 'written', error)
    await durableCopy(path, second)
  }
  await syncFolder(second)
}

/** Lets `path` be what `source` is, atomically, while `source` keeps its name. @throws PiError CONFIG */
export async function replaceByName(source: string, path: string): Promise<void> {
  const temporary = `${path}.tmp-${randomBytes(6).toString('hex')}`
  await secondName(source, temporary)
  await moveOver(temporary, path)
  // rename() of two names of one file does nothing, and leaves both.
  await unlink(temporary).catch(() => {})
}

/** Removes a file if it is there, durably. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw fileError(path, 'removed', error)
  }
  await syncFolder(path)
}

/** Lets a file take the place of another, durably; when it cannot, it is gone. @throws PiError CONFIG */
export async function moveOver(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw fileError(path, 'replaced', error)
  }
  await syncFolder(path)
}

async function durableCopy(path: string, second: string): Promise<void> {
  const attributes = await attributesOf(path)
  const temporary = `${second}.tmp-${randomBytes(6).toString('hex')}`
  try {
    await copyFile(path, temporary, constants.COPYFILE_EXCL)
    const file = await open(temporary, 'r+').catch(async () => open(temporary, 'r'))
    try {
      await applyAttributes(file, attributes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, second)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw fileError(second, 'written', error)
  }
}

/** The mode of open() is cut by the umask; the owner can be given away by root only. */
async function applyAttributes(file: FileHandle, {mode, uid, gid}: FileAttributes): Promise<void> {
  const now = await file.stat()
  if (uid !== undefined && gid !== undefined && (now.uid !== uid || now.gid !== gid)) {
    await file.chown(uid, gid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPERM') throw error
    })
  }
  await file.chmod(mode)
}

/** A new name is durable only with its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } catch (error) {
    // Some network file systems do not know it.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
  } finally {
    await folder.close()
  }
}

function fileError(path: string, what: string, error: unknown): PiError {
  if (error instanceof PiError) return error
  return new PiError('CONFIG', `The file ${path} cannot be ${what}: ${reasonOf(error)}`, {cause: error})
}
