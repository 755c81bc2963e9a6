import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {startProgress} from '../../cli/progress.js'
import type {RestoreResult} from '../../lib/services/audit-archive/restore.js'

export default class AuditRestore extends AppCommand<typeof AuditRestore> {
  static override summary = 'Bring rows of an archive back into the audit log.'
  static override description =
    'Reads an archive of audit rotate --archive. Hashes, numbers and the signature of the manifest are checked before ' +
    'anything is written. Rows keep their ids, so that their signatures hold; rows that are there already are left alone.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> /var/backups/audit/pidea_audit-2025-03-30T040000000Z.manifest.json',
      description: 'All rows of one rotation',
    },
  ]
  static override args = {
    manifest: Args.string({description: 'manifest of the archive', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    unsigned: Flags.boolean({description: 'take an archive that was written without a key to sign with'}),
  }

  async run(): Promise<RestoreResult & {dryRun?: true}> {
    const {args, flags} = this
    const dry = flags['dry-run'] ?? false
    const progress = await startProgress('rows', {quiet: flags.quiet})
    const result = await this.withApp(async (app) => {
      const done = await (
        await app.auditRestore()
      ).restore(args.manifest, {
        dryRun: dry,
        allowUnsigned: flags.unsigned,
        onProgress: (rows) => progress.advance(rows),
        signal: this.interruption,
      })
      if (!dry && done.restored > 0) this.tellAudit({info: `${done.restored} rows`})
      return done
    }).finally(() => progress.stop())
    const {restored, present, conflicts} = result
    this.log(`${dry ? 'Would restore' : 'Restored'} ${restored} rows; ${present} were there already.`)
    if (conflicts.length > 0) {
      this.notice(
        `${conflicts.length} rows were left alone: another row has the id (${conflicts.slice(0, 10).join(', ')}).`,
      )
      process.exitCode = exitCodes.PARTIAL
    }
    return {...result, ...(dry && {dryRun: true as const})}
  }
}
