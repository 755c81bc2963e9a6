import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {writeOutputFile} from '../../../cli/output-file.js'
import {tokenCounters} from '../../../lib/services/token-counters.js'
import type {TokenCounter} from '../../../lib/store/token-counters.js'

export default class TokenCountersExport extends AppCommand<typeof TokenCountersExport> {
  static override summary = 'Write the counters of all tokens: a line "serial, counter" for each.'
  static override description =
    'What token counters update reads, to bring the counters of a copy up to date before it takes over.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -o counters.csv', description: 'To a file'},
    {command: '<%= config.bin %> <%= command.id %> --type hotp', description: 'Only those of HOTP tokens'},
  ]
  static override flags = {
    output: Flags.string({char: 'o', description: 'file to write (default: standard output)', helpValue: 'FILE'}),
    type: Flags.string({description: 'only tokens of this type', helpValue: 'TYPE'}),
  }

  async run(): Promise<{counters: TokenCounter[]}> {
    const {output, type} = this.flags
    const counters: TokenCounter[] = []
    const keeps = this.jsonEnabled() || output !== undefined
    await this.withApp(async (app) => {
      for await (const page of tokenCounters(await app.database(), {type})) {
        if (keeps) counters.push(...page)
        else process.stdout.write(linesOf(page))
      }
    })
    if (output !== undefined) {
      await writeOutputFile(output, linesOf(counters))
      this.notice(`Wrote ${counters.length} counters.`)
    }
    return {counters}
  }
}

function linesOf(counters: readonly TokenCounter[]): string {
  return counters.map(({count, serial}) => `${serial}, ${count}\n`).join('')
}
