import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {startProgress} from '../../cli/progress.js'
import {PiError} from '../../lib/errors.js'
import {DatabaseLock} from '../../lib/jobs/lock.js'
import {countOf, janitorLock} from '../../lib/services/janitor/run.js'
import {readUndoFile, type UndoFile} from '../../lib/services/janitor/undo-file.js'
import {undoRecords, type UndoResult} from '../../lib/services/janitor/undo.js'

export interface UndoDocument extends Omit<UndoResult, 'interrupted'> {
  action: string
  dryRun?: true
}

export default class TokenJanitorUndo extends AppCommand<typeof TokenJanitorUndo> {
  static override summary = 'Take back what a run of the token janitor has changed.'
  static override description =
    'Brings back every row of every token that the run changed or deleted, with its ids. A token that somebody has changed ' +
    'since is left alone (exit 7) unless --force is given. The file is encrypted under the key of the installation.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> orphans.json.undo', description: 'Take a plan back'},
    {command: '<%= config.bin %> <%= command.id %> FILE --dry-run', description: 'What would be brought back'},
  ]
  static override args = {
    file: Args.string({description: 'undo file', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    force: Flags.boolean({description: 'also take back what was changed since'}),
    wait: Flags.integer({
      default: 0,
      description: 'wait so many seconds for another run of the janitor',
      helpValue: 'SECONDS',
      min: 0,
    }),
    yes,
  }

  async run(): Promise<UndoDocument> {
    const {flags} = this
    return this.withApp(async (app) => {
      const [db, security] = await Promise.all([app.database(), app.security()])
      const file = await readUndoFile(this.args.file, security)
      if (!flags['dry-run']) {
        await this.confirm(
          `Take back "${file.header.action}" of ${file.header.created} for ${countOf(file.count)}?`,
          flags.yes,
        )
      }
      const lock = await DatabaseLock.acquire(db, {
        name: janitorLock,
        work: `to take back ${countOf(file.count)}`,
        waitSeconds: flags.wait,
      })
      const progress = await startProgress('tokens', {quiet: flags.quiet, total: file.count})
      try {
        const result = await undoRecords(db, file.records(), {
          force: flags.force ?? false,
          dryRun: flags['dry-run'] ?? false,
          signal: this.interruption,
          beforeChunk: async () => lock.check(),
          onProgress: (tokens) => progress.advance(tokens),
        })
        progress.stop()
        return this.#report(file, result)
      } finally {
        progress.stop()
        await lock.release()
      }
    })
  }

  #report(file: UndoFile, {restored, unchanged, skipped, failed, interrupted}: UndoResult): UndoDocument {
    const dry = this.flags['dry-run'] === true
    for (const serial of restored) this.log(`${dry ? 'Would restore' : 'Restored'} ${serial}`)
    for (const {serial, reason} of skipped) this.notice(`Left alone: ${serial}: ${reason}`)
    for (const {serial, reason} of failed) this.notice(`Failed: ${serial}: ${reason}`)
    this.notice(`${dry ? 'Would restore' : 'Restored'} ${countOf(restored.length)}.`)
    if (interrupted) throw new PiError('INTERRUPTED', `Interrupted after ${countOf(restored.length)}.`)
    if (skipped.length + failed.length > 0) process.exitCode = exitCodes.PARTIAL
    return {action: file.header.action, restored, unchanged, skipped, failed, ...(dry && {dryRun: true})}
  }
}
