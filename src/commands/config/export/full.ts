import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {writeOutputFile} from '../../../cli/output-file.js'

const types = ['event', 'policy', 'resolver']
export default class ConfigExportFull extends AppCommand<typeof ConfigExportFull> {
  static override summary = 'Write policies, events and resolvers as the Python text of the original.'
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
    archive: Flags.boolean({char: 'a', description: 'write an archive named after host and time'}),
    directory: Flags.string({char: 'd', default: '.', description: 'folder for the archive', helpValue: 'DIR'}),
  }

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const {flags} = this
    const {writeExport} = await import('../../../lib/config-objects/exchange/write.js')
    this.notice('Exporting privacyIDEA configuration.')
    const data = await this.withApp(async (app) =>
      (await app.configObjects()).exportLegacy({
        form: flags['print-passwords'] ? 'clear' : 'censored',
        kinds: types,
        names: flags.name === undefined ? [] : [flags.name],
      }),
    )
    const text = writeExport(data, 'pretty')
    const secret = flags['print-passwords']
    if (flags.archive) {
      const {writeConfigArchive} = await import('../../../cli/config-archive.js')
      this.log(`Wrote ${await writeConfigArchive(flags.directory, text)}.`)
      return data
    }
    if (flags.filename) await writeOutputFile(flags.filename, text, {secret})
    else if (!this.jsonEnabled()) process.stdout.write(`${text}\n`)
    return data
  }
}
