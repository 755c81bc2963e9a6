import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {importObjects, type ImportReport} from '../../cli/import-objects.js'
import {findingLine, strict} from '../../cli/lint-changes.js'

export default class EventImport extends AppCommand<typeof EventImport> {
  static override summary = 'Read events from a file.'
  static override description = `Reads Python, JSON or YAML, as event export and the originals write it. The file is checked as a whole and written in one
transaction; what exists is left alone without --update.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -f events.py --dry-run', description: 'Show what would change'},
    {command: '<%= config.bin %> <%= command.id %> events.json --update', description: 'Overwrite those that exist'},
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
    purge: Flags.boolean({aliases: ['cleanup'], char: 'c', description: 'delete events that the file does not name'}),
    strict,
    update: Flags.boolean({char: 'u', description: 'overwrite events that exist'}),
    yes,
  }

  async run(): Promise<ImportReport> {
    const {flags} = this
    if (flags.purge && !flags['dry-run'])
      await this.confirm('Delete all events that the file does not name?', flags.yes)
    const {lines, ...outcome} = await this.withApp((app) =>
      importObjects(app, {
        dryRun: flags['dry-run'],
        file: this.args.file ?? flags.filename,
        legacy: this.shim ? 'types' : undefined,
        name: flags.name,
        purge: flags.purge,
        strict: flags.strict,
        types: ['event'],
        update: flags.update,
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
