import {createHash} from 'node:crypto'
import {lstat, mkdir, readFile, realpath, rm} from 'node:fs/promises'
import {dirname, join, relative, resolve, sep} from 'node:path'
import {PiError} from '../../errors.js'
import {moveOver, removeFile, secondName, writeNewFile} from '../../files/durable.js'
import type {BackupFile, BackupHeader} from './format.js'

/** A file and where it goes. */
export interface PlannedFile {
  file: BackupFile
  to: string
  /** What is there now. */
  state: 'new' | 'same' | 'changed'
}

/** Folders of the system, whose files decide what runs there: no backup of a configuration has any. */
const system =
  /^\/(?:bin|boot|dev|lib\w*|proc|run|sbin|sys|usr)(?:\/|$)|^\/etc\/(?:cron[^/]*|init\.d|ld\.so[^/]*|pam\.d|profile\.d|ssh|sudoers\.d|systemd|udev)(?:\/|$)/

/**
 * Where the files of an archive go.
 * @param target folder below which everything goes; without it each file goes where it was
 * @throws PiError REFUSED (a folder of the system, a link on the way)
 */
export async function planFiles(
  header: BackupHeader,
  files: readonly BackupFile[],
  target: string | undefined,
): Promise<PlannedFile[]> {
  const planned: PlannedFile[] = []
  for (const file of files) {
    const folder = header.folders.find((one) => file.path.startsWith(one.endsWith('/') ? one : `${one}/`))
    if (folder === undefined || resolve(file.path) !== file.path) throw outside(file.path)
    if (target === undefined && (system.test(folder) || folder.split('/').filter(Boolean).length < 2)) {
      throw new PiError('REFUSED', `The backup has files of ${folder}, where nothing is restored.`, {
        hints: ['Look at them below a folder of their own: --target DIR'],
      })
    }
    const to = target === undefined ? file.path : join(target, file.path)
    await refuseLinks(target ?? folder, to)
    planned.push({file, to, state: await stateOf(file, to)})
  }
  return planned
}

/** Writes files beside their places, and then lets them take these; until then nothing is replaced. */
export class StagedFiles {
  readonly #staged: {temporary: string; to: string; replaces: boolean}[] = []

  /** @throws PiError CONFIG */
  async add({file, to, state}: PlannedFile, content: Buffer): Promise<void> {
    await mkdir(dirname(to), {mode: 0o750, recursive: true})
    const temporary = `${to}.pi-restore`
    await rm(temporary, {force: true})
    const {mode, uid, gid} = file
    this.#staged.push({temporary, to, replaces: state !== 'new'})
    await writeNewFile(temporary, content, {mode: mode & 0o777, uid, gid})
  }

  /** What was there before stays as `NAME.before-restore`. @returns the files written */
  async swap(): Promise<string[]> {
    for (const {temporary, to, replaces} of this.#staged) {
      const before = `${to}.before-restore`
      if (replaces) {
        await removeFile(before)
        await secondName(to, before)
      }
      await moveOver(temporary, to)
    }
    return this.#staged.map(({to}) => to)
  }

  async discard(): Promise<void> {
    for (const {temporary} of this.#staged) await rm(temporary, {force: true})
  }
}

async function stateOf(file: BackupFile, to: string): Promise<PlannedFile['state']> {
  const found = await lstat(to).catch(() => undefined)
  if (!found) return 'new'
  if (found.isDirectory()) throw new PiError('REFUSED', `${to} is a folder, and in the backup it is a file.`)
  if (found.isSymbolicLink()) throw new PiError('REFUSED', `${to} is a link: it is not written through.`)
  const content = await readFile(to).catch(() => undefined)
  return content && createHash('sha256').update(content).digest('hex') === file.sha256 ? 'same' : 'changed'
}

/** Below the place that was named no link may lead elsewhere. */
async function refuseLinks(base: string, to: string): Promise<void> {
  const root = await realpath(base).catch(() => resolve(base))
  const steps = relative(resolve(base), dirname(to)).split(sep).filter(Boolean)
  if (steps.includes('..')) throw outside(to)
  let place = root
  for (const step of steps) {
    place = join(place, step)
    const found = await lstat(place).catch(() => undefined)
    if (!found) return
    if (!found.isDirectory()) throw new PiError('REFUSED', `${place} is a link or a file, and no folder.`)
  }
}

function outside(path: string): PiError {
  return new PiError('INTEGRITY', `The backup names a file outside of its folders: ${path}.`)
}
