import {Flags} from '@oclif/core'
import {AppCommand} from '../cli/app-command.js'
import {dryRun} from '../cli/flags/dry-run.js'
import {output} from '../cli/flags/output.js'
import {startProgress} from '../cli/progress.js'
import {PiError} from '../lib/errors.js'
import {parseTimedelta} from '../lib/python/timedelta.js'
import {collectGarbage, type SweepResult} from '../lib/services/gc/run.js'
import {sweeps} from '../lib/services/gc/sweeps.js'

export default class Gc extends AppCommand<typeof Gc> {
  static override aliases = ['token-janitor:gc']
  static override summary = 'Delete what gathers in the database and nobody needs any more.'
  static override description =
    `Sweeps: ${sweeps.map(({name, summary}) => `${name} (${summary})`).join('; ')}. ` +
    'Rows go in small transactions with a pause between them, and a deadlock is tried again, so that logins are not held up. ' +
    'The audit log has its own command: audit rotate.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --dry-run', description: 'How much there is'},
    {command: '<%= config.bin %> <%= command.id %> --stats-age 1y --quiet', description: 'For cron'},
    {
      command: '<%= config.bin %> <%= command.id %> --only challenges --only authcache',
      description: 'Two of the sweeps',
    },
  ]
  static override flags = {
    ...output,
    'dry-run': dryRun,
    only: Flags.string({
      description: 'run only this sweep; may be repeated',
      helpValue: 'SWEEP',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'stats-age': Flags.string({
      description: 'delete statistics and metrics older than this, e.g. 1y',
      helpValue: 'SPAN',
    }),
    'clients-age': Flags.string({description: 'delete client programs not seen for this long', helpValue: 'SPAN'}),
    'chunk-size': Flags.integer({
      aliases: ['chunksize'],
      default: 1000,
      description: 'rows a transaction',
      env: 'PI_MANAGE_CHUNK_SIZE',
      min: 1,
      max: 10_000,
    }),
    'pause-ms': Flags.integer({default: 10, description: 'milliseconds between two transactions', min: 0}),
  }

  async run(): Promise<{sweeps: SweepResult[]; dryRun?: true}> {
    const {flags} = this
    const unknown = flags.only?.find((name) => !sweeps.some((sweep) => sweep.name === name))
    if (unknown !== undefined) {
      throw new PiError('USAGE', `There is no sweep '${unknown}'.`, {
        hints: [`The sweeps are ${sweeps.map(({name}) => name).join(', ')}`],
      })
    }
    const age = (text: string | undefined) => (text === undefined ? undefined : parseTimedelta(text))
    const statistics = age(flags['stats-age'])
    const ages = {'monitoring-stats': statistics, metrics: statistics, 'client-applications': age(flags['clients-age'])}
    const progress = await startProgress('rows', {quiet: flags.quiet})
    const results = await this.withApp(async (app) =>
      collectGarbage(await app.database(), {
        only: flags.only,
        dryRun: flags['dry-run'] ?? false,
        ages,
        chunkSize: flags['chunk-size'],
        pauseMs: flags['pause-ms'],
        signal: this.interruption,
        onProgress: (rows) => progress.advance(rows),
      }),
    ).finally(() => progress.stop())
    if (this.interruption.aborted) throw new PiError('INTERRUPTED', 'Interrupted; what was deleted is deleted.')
    await this.showRows(results, [
      {header: 'sweep', get: (result) => result.name},
      {header: flags['dry-run'] ? 'to delete' : 'deleted', get: (result) => result.rows, align: 'right'},
      {header: 'note', get: (result) => result.skipped},
    ])
    return {sweeps: results, ...(flags['dry-run'] && {dryRun: true})}
  }
}
