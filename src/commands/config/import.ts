import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {objectSelection} from '../../cli/flags/objects.js'
import {importObjects, type ImportReport} from '../../cli/import-objects.js'
import {findingLine, strict} from '../../cli/lint-changes.js'

export default class ConfigImport extends AppCommand<typeof ConfigImport> {
  static override summary = 'Read configuration objects from an export.'
  static override description = `Reads what \`config export\` and the exporters of the originals wrote: JSON, YAML or Python, told apart by content.
The whole file is checked first and written in one transaction. Objects that exist are left alone without --update.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site.json --dry-run', description: 'Show what would change'},
    {command: '<%= config.bin %> <%= command.id %> policies.py --types policy --update', description: 'Policies only'},
  ]
  static override args = {
    file: Args.string({description: 'file to read, or - for standard input', ignoreStdin: true}),
  }
  static override flags = {
    ...objectSelection,
    'dry-run': dryRun,
    input: Flags.string({
      aliases: ['file'],
      char: 'i',
      description: 'file to read (as the original names it)',
      helpValue: 'FILE',
    }),
    purge: Flags.boolean({
      aliases: ['cleanup', 'wipe'],
      description: 'delete stored objects of the imported types that the file does not name',
    }),
    strict,
    update: Flags.boolean({allowNo: true, char: 'u', description: 'overwrite objects that exist'}),
    yes,
  }

  async run(): Promise<ImportReport> {
    const {flags} = this
    if (flags.purge && !flags['dry-run'])
      await this.confirm('Delete every object of these types that the file does not name?', flags.yes)
    const {lines, ...outcome} = await this.withApp((app) =>
      importObjects(app, {
        dryRun: flags['dry-run'],
        file: this.args.file ?? flags.input,
        legacy: this.shim ? 'importer' : undefined,
        name: flags.name,
        purge: flags.purge,
        strict: flags.strict,
        types: flags.types ?? [],
        // the original's importer always overwrites
        update: flags.update ?? this.shim,
      }),
    )
    for (const {stream, text} of lines) {
      if (stream === 'out') this.log(text)
      else process.stderr.write(`${text}\n`)
    }
    if (!this.shim) for (const finding of outcome.findings) this.notice(findingLine(finding))
    return outcome
  }
}
