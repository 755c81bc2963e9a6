import {createReadStream} from 'node:fs'
import {readdir, stat, unlink} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {createGunzip} from 'node:zlib'
import {PiError, reasonOf} from '../../errors.js'
import {headerName} from './format.js'
import {readArchiveName, type ArchiveName} from './names.js'

export interface ListedBackup {
  file: string
  product: ArchiveName['product']
  kind: ArchiveName['kind']
  /** Local time of the machine that made it, by its name. */
  at: Date
  ageSeconds: number
  bytes: number
  encrypted: boolean
  /** Made by this tool, or by an original; unknown for an encrypted one. */
  madeBy: 'pi-manage' | 'original' | 'unknown'
}

/** The backups of a folder, newest first. @throws PiError NOT_FOUND */
export async function listBackups(directory: string, now: Date): Promise<ListedBackup[]> {
  const found: ListedBackup[] = []
  for (const name of await namesIn(directory)) {
    const known = readArchiveName(name)
    if (!known) continue
    const file = resolve(join(directory, name))
    const {size} = await stat(file)
    const {at, encrypted, kind, product} = known
    const ageSeconds = Math.round((now.getTime() - at.getTime()) / 1000)
    found.push({
      file,
      product,
      kind,
      at,
      ageSeconds,
      bytes: size,
      encrypted,
      madeBy: encrypted ? 'unknown' : await makerOf(file),
    })
  }
  return found.sort((a, b) => b.at.getTime() - a.at.getTime() || (a.file < b.file ? -1 : 1))
}

/** How many backups of each span are kept: the newest of each of the last so many days, weeks, months that have one. */
export interface KeepRules {
  last?: number | undefined
  daily?: number | undefined
  weekly?: number | undefined
  monthly?: number | undefined
}

export interface PrunedBackup {
  file: string
  bytes: number
  /** Why it is kept; absent when it is removed. */
  keptFor?: string
}

/**
 * Removes the backups that no rule keeps. An archive of keys goes and stays with the backup of the same minute.
 * @throws PiError USAGE (no rule, which would remove all), NOT_FOUND, UNAVAILABLE
 */
export async function pruneBackups(
  directory: string,
  rules: KeepRules,
  {dryRun, now}: {dryRun: boolean; now: Date},
): Promise<{kept: PrunedBackup[]; removed: PrunedBackup[]}> {
  if (!Object.values(rules).some((count) => (count as number | undefined) !== undefined && (count as number) > 0)) {
    throw new PiError('USAGE', 'Say which backups are to be kept.', {
      hints: ['For example: --keep-daily 7 --keep-weekly 4'],
    })
  }
  const all = await listBackups(directory, now)
  const reasons = new Map<number, string>()
  const moments = [...new Set(all.filter(({kind}) => kind === 'backup').map(({at}) => at.getTime()))].sort(
    (a, b) => b - a,
  )
  for (const [rule, span] of Object.entries(spans) as [keyof KeepRules, (at: Date) => string][]) {
    const taken = new Set<string>()
    for (const moment of moments) {
      const key = span(new Date(moment))
      if (taken.has(key) || taken.size >= (rules[rule] ?? 0)) continue
      taken.add(key)
      if (!reasons.has(moment)) reasons.set(moment, rule)
    }
  }
  const withReason = all.map(({at, bytes, file, kind}) => {
    // Keys whose backup is gone are somebody's last copy.
    const alone = kind === 'keys' && !moments.includes(at.getTime())
    const keptFor = alone ? 'without its backup' : reasons.get(at.getTime())
    return {file, bytes, ...(keptFor !== undefined && {keptFor})}
  })
  const removed = withReason.filter(({keptFor}) => keptFor === undefined)
  if (!dryRun) for (const {file} of removed) await removeBackup(file)
  return {kept: withReason.filter(({keptFor}) => keptFor !== undefined), removed}
}

const two = (value: number) => String(value).padStart(2, '0')
const dayOf = (at: Date) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`

const spans: Record<keyof KeepRules, (at: Date) => string> = {
  last: (at) => String(at.getTime()),
  daily: dayOf,
  // The Monday of its week.
  weekly: (at) => dayOf(new Date(at.getFullYear(), at.getMonth(), at.getDate() - ((at.getDay() + 6) % 7))),
  monthly: (at) => dayOf(at).slice(0, 7),
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    throw new PiError('NOT_FOUND', `The folder ${directory} cannot be read: ${reasonOf(error)}`, {
      hints: ['Name the folder of the backups: --directory DIR'],
      cause: error,
    })
  }
}

async function removeBackup(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    throw new PiError('UNAVAILABLE', `The backup ${file} cannot be removed: ${reasonOf(error)}`, {cause: error})
  }
}

/** By the name of the first member, which a tar begins with. */
async function makerOf(file: string): Promise<ListedBackup['madeBy']> {
  const source = createReadStream(file, {end: 64 * 1024})
  const unzipped = source.pipe(createGunzip())
  source.on('error', (error) => unzipped.destroy(error))
  try {
    for await (const chunk of unzipped) {
      return (chunk as Buffer).subarray(0, 100).toString('latin1').startsWith(headerName) ? 'pi-manage' : 'original'
    }
    return 'unknown'
  } catch {
    return 'unknown'
  } finally {
    source.destroy()
  }
}
