import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {backupFolder} from '../../cli/flags/backup.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import type {PrunedBackup} from '../../lib/services/backup/index.js'

const keep = (description: string) => Flags.integer({description, helpValue: 'N', min: 0})

export default class BackupPrune extends AppCommand<typeof BackupPrune> {
  static override summary = 'Remove old backups.'
  static override description =
    'Keeps the newest backup of each of the last so many days, weeks and months that have one, and removes the others. An ' +
    'archive of key files stays and goes with the backup of the same minute.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --dry-run',
      description: 'Show what would go',
    },
    {command: '<%= config.bin %> <%= command.id %> --keep-last 10 --yes', description: 'For scripts'},
  ]
  static override flags = {
    'dry-run': dryRun,
    yes,
    directory: backupFolder,
    'keep-last': keep('newest backups to keep'),
    'keep-daily': keep('days of which one is kept'),
    'keep-weekly': keep('weeks of which one is kept'),
    'keep-monthly': keep('months of which one is kept'),
  }

  async run(): Promise<{kept: PrunedBackup[]; removed: PrunedBackup[]; dryRun: boolean}> {
    const {flags} = this
    const rules = {
      daily: flags['keep-daily'],
      last: flags['keep-last'],
      monthly: flags['keep-monthly'],
      weekly: flags['keep-weekly'],
    }
    return this.withApp(async (app) => {
      const directory = flags.directory ?? `/var/lib/${(await app.settings()).product}/backup`
      const backups = await app.backups()
      const plan = await backups.prune(directory, rules, {dryRun: true, now: new Date()})
      for (const {file} of plan.removed) this.log(`${flags['dry-run'] ? 'Would remove' : 'Removing'} ${file}`)
      if (flags['dry-run'] || plan.removed.length === 0) {
        this.notice(`${plan.removed.length} backups to remove, ${plan.kept.length} to keep.`)
        return {...plan, dryRun: flags['dry-run']}
      }
      await this.confirm(
        `Remove ${plan.removed.length} of ${plan.removed.length + plan.kept.length} backups?`,
        flags.yes,
      )
      const done = await backups.prune(directory, rules, {dryRun: false, now: new Date()})
      this.log(`Removed ${done.removed.length} backups, kept ${done.kept.length}.`)
      return {...done, dryRun: false}
    })
  }
}
