import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class PolicyEnable extends AppCommand<typeof PolicyEnable> {
  static override summary = 'Enable a policy; nothing else of it changes.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> helpdesk', description: 'Enable one policy'},
  ]
  static override args = {name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true})}

  async run(): Promise<{name: string; active: boolean; changed: boolean}> {
    const {name} = this.args
    const {changed, id} = await this.withApp(async (app) => (await app.policies()).setActive(name, true))
    // the original prints the id
    if (this.shim) this.log(String(id))
    else this.log(changed ? `Enabled policy ${name}.` : `Policy ${name} is enabled already.`)
    return {active: true, changed, name}
  }
}
