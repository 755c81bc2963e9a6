import path from 'node:path'
import type {Settings} from '../../config/settings.js'
import {PiError} from '../../errors.js'
import {sqliteFile} from '../../services/permissions.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault} from '../contract.js'

/** Files and folders: whether they are there, and who may do what with them. */
export const fileChecks: readonly DoctorCheck[] = [
  {
    id: 'file-modes',
    title: 'files with secrets are kept from other users',
    severity: 'error',
    mend: 'pi-manage setup fix-permissions',
    async run({settings, permissions}) {
      await settings()
      try {
        const {files, findings} = await permissions()
        return outcome(
          `${files.length} files`,
          findings.map(({file, problem}) => ({message: `${file}: ${problem}.`})),
        )
      } catch (error) {
        if (!(error instanceof PiError) || error.code !== 'CONFIG') throw error
        return outcome('', [
          {message: error.message, mend: 'Bring the file back from a backup, or correct its setting'},
        ])
      }
    },
  },
  {
    id: 'file-owners',
    title: 'the files of the installation belong to one user',
    severity: 'warning',
    mend: 'pi-manage setup fix-permissions --owner USER',
    async run({settings, fileFacts}) {
      const owners = new Map<number, string[]>()
      for (const file of ownFiles(await settings())) {
        const facts = await fileFacts(file)
        if (facts) owners.set(facts.uid, [...(owners.get(facts.uid) ?? []), file])
      }
      const [first, ...others] = [...owners].sort(([, a], [, b]) => b.length - a.length)
      if (!first) return {skipped: 'No file of the installation is there.'}
      return outcome(
        `all belong to user ${first[0]}`,
        others.map(([uid, files]) => ({
          message: `${files.join(', ')} belong${files.length === 1 ? 's' : ''} to user ${uid}, the other files to user ${first[0]}.`,
        })),
      )
    },
  },
  {
    id: 'folder-modes',
    title: 'nobody else can replace files of the installation',
    severity: 'error',
    mend: 'chmod o-w FOLDER',
    async run({settings, fileFacts}) {
      const folders = new Set(ownFiles(await settings()).map((file) => path.dirname(file)))
      const faults: Fault[] = []
      for (const folder of folders) {
        const facts = await fileFacts(folder)
        // With the sticky bit, as /tmp has it, only the owner of a file can replace it.
        if (!facts || (facts.mode & 0o002) === 0 || (facts.mode & 0o1000) !== 0) continue
        faults.push({message: `Everybody may write into ${folder}.`, mend: `chmod o-w ${folder}`})
      }
      return outcome(`${folders.size} folders`, faults)
    },
  },
  {
    id: 'folders',
    title: 'folders that the settings name are there',
    severity: 'warning',
    mend: 'Make the folder, or correct the setting',
    async run({settings, fileFacts}) {
      const found = await settings()
      const set = folderSettings.filter(([key]) => found.keys().includes(key))
      const faults: Fault[] = []
      for (const [key, isFile] of set) {
        const named = found.path(key)
        if (named === undefined) continue
        const folder = isFile ? path.dirname(named) : named
        if (!(await fileFacts(folder))?.isFolder)
          faults.push({message: `${key} names the folder ${folder}, which is not there.`})
      }
      return outcome(`${set.length} settings`, faults)
    },
  },
  {
    id: 'disk-space',
    title: 'there is room for database and log',
    severity: 'error',
    mend: 'Free some space: pi-manage audit rotate, pi-manage gc, old backups and logs',
    async run({settings, freeBytes, limits}) {
      const found = await settings()
      const places = [sqliteFile(found), found.file && found.path('PI_LOGFILE')]
      const folders = new Set(places.filter((file) => file !== undefined).map((file) => path.dirname(file)))
      const faults: Fault[] = []
      for (const folder of folders) {
        const free = await freeBytes(folder)
        if (free === undefined || free >= limits.freeBytes) continue
        faults.push({message: `Only ${Math.floor(free / 1e6)} MB are free in ${folder}.`})
      }
      return outcome(`${folders.size} folders`, faults)
    },
  },
  {
    id: 'backup-age',
    title: 'the newest backup is recent',
    severity: 'warning',
    mend: 'pi-manage backup create',
    async run(env) {
      const newest = await newestBackup(env)
      if (!newest) return {skipped: 'No backups are known here.'}
      const days = Math.floor((env.now.getTime() - newest.getTime()) / 86_400_000)
      const faults = days > env.limits.backupDays ? [{message: `The newest backup is ${days} days old.`}] : []
      return outcome(`${days} days old`, faults)
    },
  },
]

/** Where the originals put their backups (spec/03-cli.md §A.1). */
async function newestBackup({settings, fileFacts, listFolder}: DoctorEnv): Promise<Date | undefined> {
  const {product} = await settings()
  const folder = `/var/lib/${product}/backup`
  let newest: Date | undefined
  for (const name of await listFolder(folder)) {
    if (!/backup.*\.(tgz|tar\.gz|pib|tar\..*)$/.test(name)) continue
    const facts = await fileFacts(path.join(folder, name))
    if (facts && (!newest || facts.modifiedAt > newest)) newest = facts.modifiedAt
  }
  return newest
}

/** Settings that name a folder; true: a file in it. */
const folderSettings: readonly (readonly [string, boolean])[] = [
  ['PI_LOGFILE', true],
  ['PI_SCRIPT_HANDLER_DIRECTORY', false],
  ['PI_SCRIPT_SMSPROVIDER_DIRECTORY', false],
  ['PI_NOTIFICATION_HANDLER_SPOOLDIRECTORY', false],
  ['PI_GNUPG_HOME', false],
]

function ownFiles(settings: Settings): string[] {
  const keys = ['PI_ENCFILE', 'PI_AUDIT_KEY_PRIVATE', 'PI_AUDIT_KEY_PUBLIC'].map((key) => settings.path(key))
  return [settings.file, ...keys, sqliteFile(settings)].filter((file) => file !== undefined)
}
