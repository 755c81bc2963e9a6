import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class PolicyDisable extends AppCommand<typeof PolicyDisable> {
  static override summary = 'Disable a policy; nothing else of it changes.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> helpdesk', description: 'Disable one policy'},
  ]
  static override args = {name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true})}

  async run(): Promise<{name: string; active: boolean; changed: boolean}> {
    const {name} = this.args
    const {changed, id} = await this.withApp(async (app) => (await app.policies()).setActive(name, false))
    // the original prints the id
    if (this.shim) this.log(String(id))
    else this.log(changed ? `Disabled policy ${name}.` : `Policy ${name} is disabled already.`)
    return {active: false, changed, name}
  }
}
