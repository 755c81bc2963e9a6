import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {writeOutputFile} from '../../cli/output-file.js'

export default class PolicyExport extends AppCommand<typeof PolicyExport> {
  static override summary = 'Write policies in the form of the original.'
  static override description =
    'The default is the Python text of `pi-manage policy p_export`, which policy import and the original read back.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -f policies.py', description: 'All policies to a file'},
    {command: '<%= config.bin %> <%= command.id %> -n one --format json', description: 'One of them as JSON'},
  ]
  static override flags = {
    filename: Flags.string({char: 'f', description: 'file to write (default: standard output)', helpValue: 'FILE'}),
    name: Flags.string({char: 'n', description: 'only this one', helpValue: 'NAME'}),
    format: Flags.option({
      default: 'pretty' as const,
      description: 'form of the output',
      options: ['pretty', 'python', 'json', 'yaml'] as const,
    })(),
  }

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const {filename, format, name} = this.flags
    const {writeExport} = await import('../../lib/config-objects/exchange/write.js')
    const data = await this.withApp(async (app) =>
      (await app.configObjects()).exportOriginal({
        form: 'clear',
        kinds: ['policy'],
        names: name === undefined ? [] : [name],
      }),
    )
    if ((data['policy'] as unknown[]).length === 0) {
      this.notice('The requested policy configuration is empty.')
      return data
    }
    const text = writeExport(data, format)
    if (filename) await writeOutputFile(filename, text)
    else if (!this.jsonEnabled()) process.stdout.write(format === 'pretty' ? `${text}\n` : text)
    return data
  }
}
