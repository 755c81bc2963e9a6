import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'

interface Setting {
  key: string
  value: string
  type: string
  description: string
}

export default class ConfigList extends AppCommand<typeof ConfigList> {
  static override summary = 'List the settings of the system configuration.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --output-format yaml', description: 'As YAML'},
  ]
  static override flags = {
    ...output,
    'show-secrets': Flags.boolean({description: 'show values of type password in clear'}),
  }

  async run(): Promise<{settings: Setting[]}> {
    const form = this.flags['show-secrets'] ? 'clear' : 'censored'
    const tree = await this.withApp(async (app) => (await app.configObjects()).read({form, kinds: ['setting']}))
    const settings = [...tree.values()].flatMap((objects) =>
      [...objects].map(([key, document]) => ({key, ...(document as unknown as Omit<Setting, 'key'>)})),
    )
    settings.sort((a, b) => (a.key < b.key ? -1 : 1))
    await this.showRows(settings, [
      {header: 'key', get: ({key}) => key},
      {header: 'value', get: ({value}) => value},
      {header: 'type', get: ({type}) => type},
      {header: 'description', get: ({description}) => description},
    ])
    return {settings}
  }
}
