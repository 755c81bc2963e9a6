import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {yes} from '../../../cli/flags/confirm.js'
import {dryRun} from '../../../cli/flags/dry-run.js'
import {importObjects, type ImportReport} from '../../../cli/import-objects.js'
import {findingLine, strict} from '../../../cli/lint-changes.js'

export default class ConfigImportFull extends AppCommand<typeof ConfigImportFull> {
  static override summary = 'Read policies, events and resolvers from a file of the original.'
  static override description =
    'The file is checked as a whole and written in one transaction. What exists is left alone without --update.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -f backup.py --dry-run', description: 'Show the changes'},
  ]
  static override flags = {
    'dry-run': dryRun,
    file: Flags.string({
      aliases: ['filename'],
      char: 'f',
      description: 'file to read, - for standard input; also an archive of config export full -a',
      helpValue: 'FILE',
    }),
    purge: Flags.boolean({
      aliases: ['cleanup', 'wipe'],
      char: 'w',
      description: 'delete stored objects of the imported types that the file does not name',
    }),
    strict,
    update: Flags.boolean({char: 'u', description: 'overwrite objects that exist'}),
    yes,
  }

  async run(): Promise<ImportReport> {
    const {flags} = this
    if (flags.purge && !flags['dry-run'])
      await this.confirm('Delete every object that the file does not name?', flags.yes)
    const {lines, ...outcome} = await this.withApp((app) =>
      importObjects(app, {
        dryRun: flags['dry-run'],
        file: flags.file,
        legacy: this.shim ? 'types' : undefined,
        name: undefined,
        purge: flags.purge,
        strict: flags.strict,
        types: ['event', 'policy', 'resolver'],
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
