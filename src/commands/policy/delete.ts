import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'

export default class PolicyDelete extends AppCommand<typeof PolicyDelete> {
  static override summary = 'Delete a policy with its conditions.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> old --yes', description: 'Without asking'}]
  static override args = {name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true})}
  static override flags = {yes}

  async run(): Promise<{deleted: string}> {
    const {name} = this.args
    await this.confirm(`Delete policy ${name}?`, this.flags.yes)
    const id = await this.withApp(async (app) => (await app.policies()).delete(name))
    this.log(this.shim ? String(id) : `Deleted policy ${name}.`)
    return {deleted: name}
  }
}
