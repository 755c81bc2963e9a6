import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {openBackup, openWith} from '../../cli/flags/backup.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {StageProgress} from '../../cli/stage-progress.js'
import type {RestorePlan} from '../../lib/services/backup/index.js'

/** A folder of a configuration has a dozen files; --json names all. */
const shownFiles = 25

interface Restored {
  file: string
  /** Without password; null when the database is left alone. */
  database: string | null
  rows: number
  files: {path: string; state: string}[]
  enckey: boolean
  decrypted: number | null
  dryRun: boolean
}

export default class BackupRestore extends AppCommand<typeof BackupRestore> {
  static override summary = 'Restore a backup.'
  static override description =
    'Checks the whole backup first and writes nothing until every check has passed. The database is made anew beside the ' +
    'old one, read back and compared, and then swapped at once: whatever interrupts it, the old content is there or the ' +
    'new. The backup may come from a database of another kind. Files that are replaced stay as NAME.before-restore. ' +
    'Without --target and --keep-db-uri it is restored to where it was made, as the originals do.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> privacyidea-backup-20260101-0300.tgz',
    {
      command: '<%= config.bin %> <%= command.id %> backup.tgz --target /tmp/look',
      description: 'Everything below one folder, with the database as a SQLite file',
    },
    {
      command: '<%= config.bin %> <%= command.id %> backup.tgz --keep-db-uri --yes',
      description: 'Into the database of the present configuration',
    },
  ]
  static override args = {file: Args.string({description: 'the backup', ignoreStdin: true, required: true})}
  static override flags = {
    ...openBackup,
    'dry-run': dryRun,
    yes,
    target: Flags.string({description: 'folder to put everything into, instead of where it was', helpValue: 'DIR'}),
    'keep-db-uri': Flags.boolean({
      description: 'restore into the database of the present configuration',
      exclusive: ['db-uri'],
    }),
    'skip-config': Flags.boolean({description: 'leave the files alone'}),
    'skip-db': Flags.boolean({description: 'leave the database alone', exclusive: ['skip-config']}),
    'skip-key-check': Flags.boolean({
      description: 'restore although the encryption key here is not that of the backup',
    }),
  }

  async run(): Promise<Restored> {
    const {args, flags} = this
    const progress = new StageProgress({quiet: flags.quiet})
    return this.withApp(async (app) => {
      const backups = await app.backups()
      const plan = await backups.planRestore({
        databaseUri: flags['db-uri'],
        enckeyFile: flags.enckey,
        file: args.file,
        keepDbUri: flags['keep-db-uri'],
        keys: openWith(flags),
        onProgress: (state) => void progress.show(state),
        skipConfig: flags['skip-config'],
        skipDb: flags['skip-db'],
        skipKeyCheck: flags['skip-key-check'],
        target: flags.target,
      })
      progress.stop()
      this.#show(plan)
      const result = resultOf(plan, flags['dry-run'])
      if (flags['dry-run']) return result
      await this.confirm(`Replace what is there?`, flags.yes)
      await backups.restore(plan)
      progress.stop()
      if (flags.target === undefined && plan.uri !== undefined) {
        await app.audit({action: 'CLI backup restore', info: `${result.rows} rows`})
      }
      if (!this.shim) this.log(`Restored ${result.rows} rows and ${result.files.length} files.`)
      return result
    })
  }

  #show(plan: RestorePlan): void {
    if (this.shim) {
      this.log(
        plan.enckey
          ? "Also restoring encryption key 'enckey'"
          : "NO FILE 'enckey' CONTAINED! BE SURE TO RESTORE THE ENCRYPTION KEY MANUALLY!",
      )
      return
    }
    const {created} = plan.archive.header
    this.notice(`Backup of ${created}, ${plan.archive.manifest.tables.length} tables, checked.`)
    if (plan.database !== undefined) this.notice(`Database: ${plan.database}`)
    const changed = plan.files.filter(({state}) => state !== 'same')
    for (const {to, state} of changed.slice(0, shownFiles)) {
      this.notice(`${state === 'new' ? 'New file' : 'Replaced'}: ${to}`)
    }
    if (changed.length > shownFiles) this.notice(`… and ${changed.length - shownFiles} more files`)
    if (!plan.enckey) this.notice('The encryption key is not in it: what is here stays.')
    if (plan.decrypted === undefined && plan.uri !== undefined) this.notice('No encryption key was there to try on it.')
  }
}

function resultOf({archive, database, decrypted, enckey, files, options, uri}: RestorePlan, isDry: boolean): Restored {
  return {
    file: options.file,
    database: database ?? null,
    rows: uri === undefined ? 0 : archive.manifest.tables.reduce((sum, {rows}) => sum + rows, 0),
    files: files.filter(({state}) => state !== 'same').map(({state, to}) => ({path: to, state})),
    enckey,
    decrypted: decrypted ?? null,
    dryRun: isDry,
  }
}
