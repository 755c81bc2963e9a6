import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {objectSelection, secretForm} from '../../cli/flags/objects.js'
import {writeOutputFile} from '../../cli/output-file.js'

export default class ConfigExport extends AppCommand<typeof ConfigExport> {
  static override summary = 'Write the configuration in the form of the originals.'
  static override description = `Policies, events, resolvers, realms, servers, CA connectors, machine resolvers, periodic tasks and settings, in the keys
and the order of \`pi-manage config exporter\`. Passwords are written as __CENSORED__ unless asked for; settings of type
password stay encrypted, as the original writes them.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -o site.json', description: 'Everything, without passwords'},
    {
      command: '<%= config.bin %> <%= command.id %> --types policy,event --format yaml',
      description: 'Policies and events as YAML',
    },
  ]
  static override flags = {
    ...objectSelection,
    ...secretForm,
    format: Flags.option({
      char: 'f',
      default: 'json' as const,
      description: 'form of the output',
      options: ['json', 'yaml', 'python', 'pretty'] as const,
    })(),
    output: Flags.string({char: 'o', description: 'file to write (default: standard output)', helpValue: 'FILE'}),
    'config-passwords': Flags.option({
      default: 'encrypted' as const,
      description: 'settings of type password: as stored, or in clear with --print-passwords',
      options: ['encrypted', 'clear'] as const,
    })(),
  }

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const {flags} = this
    const {writeExport} = await import('../../lib/config-objects/exchange/write.js')
    const clear = flags['print-passwords'] || this.shim
    const data = await this.withApp(async (app) =>
      (await app.configObjects()).exportOriginal({
        clearSettings: flags['config-passwords'] === 'clear',
        form: clear ? 'clear' : flags.sealed ? 'sealed' : 'censored',
        kinds: flags.types ?? [],
        names: flags.name === undefined ? [] : [flags.name],
        originalTypes: this.shim,
      }),
    )
    const text = writeExport(data, flags.format)
    if (flags.output) await writeOutputFile(flags.output, text, {secret: clear || flags.sealed})
    else if (!this.jsonEnabled()) process.stdout.write(this.shim && flags.format === 'yaml' ? `${text}\n` : text)
    return data
  }
}
