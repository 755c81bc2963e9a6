import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import type {PolicyDocument} from '../../lib/config-objects/kinds/policy.js'

export default class PolicyShow extends AppCommand<typeof PolicyShow> {
  static override summary = 'Show one policy with all its fields and conditions.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> helpdesk', description: 'As YAML'}]
  static override args = {name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true})}

  async run(): Promise<{name: string} & PolicyDocument> {
    const {name} = this.args
    const document = await this.withApp(async (app) => (await app.policies()).get(name))
    if (!this.jsonEnabled()) {
      const {stringify} = await import('yaml')
      this.log(stringify({name, ...document}).trimEnd())
    }
    return {name, ...document}
  }
}
