import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {exitCodes} from '../../../cli/exit-codes.js'
import {dryRun} from '../../../cli/flags/dry-run.js'
import {readInputText} from '../../../cli/input-text.js'
import {updateCounters, type CounterUpdate} from '../../../lib/services/token-counters.js'

export default class TokenCountersUpdate extends AppCommand<typeof TokenCountersUpdate> {
  static override summary = 'Set counters of tokens from lines "serial, counter", in one transaction.'
  static override description = `Lines that cannot be read, and serials that no token has, are reported and passed over; the status is then 7. A counter that is
turned back makes used values valid again: --increase-only never does so.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> counters.csv --increase-only', description: 'Only forward'},
    {command: '<%= config.bin %> <%= command.id %> - --dry-run < counters.csv', description: 'How many would change'},
  ]
  static override args = {
    file: Args.string({description: 'file to read, - for standard input', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    'increase-only': Flags.boolean({aliases: ['increase_only'], char: 'i', description: 'never turn a counter back'}),
  }

  async run(): Promise<CounterUpdate> {
    const {flags} = this
    const text = await readInputText(this.args.file)
    const result = await this.withApp(async (app) =>
      updateCounters(await app.database(), text, {dryRun: flags['dry-run'], increaseOnly: flags['increase-only']}),
    )
    for (const {line, text: failed} of result.failed)
      process.stderr.write(this.shim ? `Failed to parse line: ${failed}\n` : `Line ${line} is not "serial, counter".\n`)
    if (!this.shim) for (const serial of result.missing) this.notice(`There is no token ${serial}.`)
    this.log(`${result.processed} tokens processed.`)
    this.log(`${result.updated} counters ${flags['dry-run'] ? 'would be ' : ''}updated.`)
    this.log(`${result.missing.length} tokens not found.`)
    if (!this.shim && result.failed.length + result.missing.length > 0) process.exitCode = exitCodes.PARTIAL
    return result
  }
}
