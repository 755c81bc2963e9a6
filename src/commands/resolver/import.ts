import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {importLines, importObjects} from '../../cli/import-objects.js'
import {changeDocument} from '../../cli/object-changes.js'
import type {ImportOutcome} from '../../lib/services/config-import.js'
import {maskedChange} from '../../lib/services/resolvers/masking.js'

export default class ResolverImport extends AppCommand<typeof ResolverImport> {
  static override summary = 'Read resolvers from a file.'
  static override description = `Reads Python, JSON or YAML, as resolver export and the originals write it. The file is checked as a whole and written in one
transaction; what exists is left alone without --update. Passwords that are __CENSORED__ keep their stored value.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> resolvers.py --dry-run', description: 'Show what would change'},
    {command: '<%= config.bin %> <%= command.id %> resolvers.json --update', description: 'Overwrite those that exist'},
  ]
  static override args = {
    file: Args.string({description: 'file to read, or - for standard input', ignoreStdin: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    filename: Flags.string({
      aliases: ['file'],
      char: 'f',
      description: 'file to read (as the original names it)',
      helpValue: 'FILE',
    }),
    name: Flags.string({char: 'n', description: 'only this one', helpValue: 'NAME'}),
    update: Flags.boolean({char: 'u', description: 'overwrite resolvers that exist'}),
  }

  async run(): Promise<ImportOutcome> {
    const {flags} = this
    const {changes, skipped} = await this.withApp((app) =>
      importObjects(app, {
        dryRun: flags['dry-run'],
        file: this.args.file ?? flags.filename,
        name: flags.name,
        purge: false,
        types: ['resolver'],
        update: flags.update,
      }),
    )
    const outcome = {changes: changes.map((change) => maskedChange(changeDocument(change))), skipped}
    for (const {text} of importLines(outcome)) this.log(text)
    return outcome
  }
}
