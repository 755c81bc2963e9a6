import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {openTokenFile} from '../../importers/open.js'
import {PiError} from '../../lib/errors.js'
import type {ImportRow, ImportSummary} from '../../lib/services/import-tokens/index.js'
import {onlyExisting} from '../../lib/services/import-tokens/only-existing.js'

export default class TokenJanitorUpdate extends AppCommand<typeof TokenJanitorUpdate> {
  static override summary = 'Write the secrets of a YAML export back into the tokens that it names.'
  static override description =
    'For tokens that exist, as after a loss of the encryption key: secret and parameters are written anew, under the key of ' +
    'today. PIN, owner, fail counter and the rest stay as they are, and a counter never goes back. Serials that do not ' +
    'exist are left out. Both forms of the YAML are read, with secrets in hex or base32.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> tokens.yaml --dry-run', description: 'See what would be written'},
    {command: '<%= config.bin %> token-janitor updatetokens --yaml tokens.yaml', description: 'As 3.9 spells it'},
  ]
  static override args = {
    file: Args.string({description: 'YAML file, or - for standard input', ignoreStdin: true}),
  }
  static override flags = {
    yaml: Flags.string({description: 'the file, as 3.9 takes it', helpValue: 'FILE'}),
    'dry-run': dryRun,
  }

  async run(): Promise<{rows: ImportRow[]; summary: ImportSummary}> {
    const path = this.args.file ?? this.flags.yaml
    if (path === undefined) throw new PiError('USAGE', 'Name the YAML file.', {hints: ['See --help']})
    const file = await openTokenFile(path, {format: 'janitor-yaml'})
    const rows: ImportRow[] = []
    const dry = this.flags['dry-run']
    if (this.shim) this.log('Loading YAML data. This may take a while.')
    const {summary} = await this.withApp(async (app) => {
      const existing = onlyExisting(file, await app.database())
      const options = {
        existing: 'update' as const,
        dryRun: dry,
        ignoreUsers: true,
        onRow: (row: ImportRow) => rows.push(row),
      }
      return (await app.importTokens()).run(existing, options)
    })
    for (const row of rows) this.#show(row)
    this.notice(
      `${dry ? 'Would update' : 'Updated'} ${summary.update} tokens; ${summary.skip} do not exist, ${summary.refused} failed.`,
    )
    if (summary.refused > 0) process.exitCode = exitCodes.PARTIAL
    return {rows, summary}
  }

  #show({serial, verdict, reason}: ImportRow): void {
    if (verdict === 'update') this.log(`${this.flags['dry-run'] ? 'Would update' : 'Updating'} token ${serial}.`)
    else if (verdict === 'skip') this.notice(`Can not find token ${serial}. Not updating.`)
    else this.notice(`Failed to update token ${serial}. ${reason ?? ''}`)
  }
}
