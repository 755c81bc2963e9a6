import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class ConfigGet extends AppCommand<typeof ConfigGet> {
  static override summary = 'Show one setting.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> DefaultMaxFailCount', description: 'Its value alone'},
  ]
  static override args = {key: Args.string({description: 'name of the setting', ignoreStdin: true, required: true})}
  static override flags = {'show-secrets': Flags.boolean({description: 'show a value of type password in clear'})}

  async run(): Promise<{key: string; value: string; type: string; description: string}> {
    const {key} = this.args
    const form = this.flags['show-secrets'] ? 'clear' : 'censored'
    const found = await this.withApp(async (app) => (await app.configObjects()).get('setting', key, form))
    const setting = found as unknown as {value: string; type: string; description: string}
    this.log(setting.value)
    return {key, ...setting}
  }
}
