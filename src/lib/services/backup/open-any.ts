import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Settings} from '../../config/settings.js'
import {isOwnArchive} from './archive-reader.js'
import type {OpenWith} from './envelope.js'
import {convertOriginal} from './originals/convert.js'

/** A folder that nobody else can read, and that is gone afterwards. */
export async function withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-manage-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, {force: true, recursive: true})
  }
}

/**
 * One of our archives for any backup: itself, or what a backup of an original is converted to, which is not encrypted and
 * lies in `folder`.
 * @throws PiError INVALID_INPUT, USAGE, INTEGRITY
 */
export async function ownArchiveOf(
  file: string,
  keys: OpenWith,
  folder: string,
  env: {settingsAt: (file: string) => Promise<Settings>; warn: (message: string) => void},
): Promise<string> {
  return (await isOwnArchive(file, keys)) ? file : convertOriginal(file, keys, folder, env)
}
