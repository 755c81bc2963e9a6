import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {writeOutputFile} from '../../cli/output-file.js'

export default class ResolverExport extends AppCommand<typeof ResolverExport> {
  static override summary = 'Write resolvers in the form of the original.'
  static override description =
    'Passwords are written as __CENSORED__ without --print-passwords; resolver import then keeps the stored ones. The ' +
    'default is the Python text of the original, which resolver import and the original read back.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -f resolvers.py', description: 'All resolvers to a file'},
    {
      command: '<%= config.bin %> <%= command.id %> -n ldap1 --format json --print-passwords',
      description: 'One with its password, as JSON',
    },
  ]
  static override flags = {
    filename: Flags.string({
      aliases: ['file'],
      char: 'f',
      description: 'file to write (default: standard output)',
      helpValue: 'FILE',
    }),
    format: Flags.option({
      default: 'pretty' as const,
      description: 'form of the output',
      options: ['pretty', 'python', 'json', 'yaml'] as const,
    })(),
    name: Flags.string({char: 'n', description: 'only this one', helpValue: 'NAME'}),
    'print-passwords': Flags.boolean({
      aliases: ['show-secrets'],
      char: 'p',
      description: 'write passwords in clear',
    }),
  }

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const {filename, format, name, 'print-passwords': clear} = this.flags
    const {writeExport} = await import('../../lib/config-objects/exchange/write.js')
    const data = await this.withApp(async (app) => {
      const names = name === undefined ? [] : [name]
      if (name !== undefined) await (await app.resolvers()).get(name)
      return (await app.configObjects()).exportLegacy({form: clear ? 'clear' : 'censored', kinds: ['resolver'], names})
    })
    const text = writeExport(data, format)
    if (filename) await writeOutputFile(filename, text, {secret: clear})
    else if (!this.jsonEnabled()) process.stdout.write(format === 'pretty' ? `${text}\n` : text)
    return data
  }
}
