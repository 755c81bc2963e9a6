import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class PolicyCopy extends AppCommand<typeof PolicyCopy> {
  static override summary = 'Copy a policy under a new name; the copy is disabled.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> pin pin-new', description: 'A copy to edit'},
  ]
  static override args = {
    from: Args.string({description: 'policy to copy', ignoreStdin: true, required: true}),
    to: Args.string({description: 'name of the copy', ignoreStdin: true, required: true}),
  }

  async run(): Promise<{copied: string; name: string}> {
    const {from, to} = this.args
    await this.withApp(async (app) => {
      const policies = await app.policies()
      await policies.save(to, {...(await policies.get(from)), active: false}, {force: true})
    })
    this.log(`Copied policy ${from} to ${to}, disabled.`)
    return {copied: from, name: to}
  }
}
