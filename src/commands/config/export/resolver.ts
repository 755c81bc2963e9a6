import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {writeOutputFile} from '../../../cli/output-file.js'

export default class ConfigExportResolver extends AppCommand<typeof ConfigExportResolver> {
  static override summary = 'Write resolvers as the Python text of the original.'
  static override description =
    'Passwords are written as __CENSORED__ without --print-passwords. New scripts use config export.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> -f backup.py', description: 'To a file'}]
  static override flags = {
    filename: Flags.string({
      aliases: ['file'],
      char: 'f',
      description: 'file to write (default: standard output)',
      helpValue: 'FILE',
    }),
    name: Flags.string({char: 'n', description: 'only the object of this name', helpValue: 'NAME'}),
    'print-passwords': Flags.boolean({
      aliases: ['print_passwords'],
      char: 'p',
      description: 'write passwords in clear',
    }),
  }

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const {flags} = this
    const {writeExport} = await import('../../../lib/config-objects/exchange/write.js')

    const data = await this.withApp(async (app) =>
      (await app.configObjects()).exportLegacy({
        form: flags['print-passwords'] ? 'clear' : 'censored',
        kinds: ['resolver'],
        names: flags.name === undefined ? [] : [flags.name],
      }),
    )
    const text = writeExport(data, 'pretty')
    const secret = flags['print-passwords']

    if (flags.filename) await writeOutputFile(flags.filename, text, {secret})
    else if (!this.jsonEnabled()) process.stdout.write(`${text}\n`)
    return data
  }
}
