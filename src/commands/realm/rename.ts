import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class RealmRename extends AppCommand<typeof RealmRename> {
  static override summary = 'Give a realm another name.'
  static override description = `Tokens, their owners and attributes follow. Policies that name the realm are changed in the same transaction. Event handlers,
settings and other programs that name it are not.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> corp company --dry-run', description: 'Which policies would change'},
  ]
  static override args = {
    name: Args.string({description: 'name of the realm', ignoreStdin: true, required: true}),
    to: Args.string({description: 'its new name', ignoreStdin: true, required: true}),
  }
  static override flags = {'dry-run': dryRun}

  async run(): Promise<{name: string; policies: string[]}> {
    const {name, to} = this.args
    const renamed = await this.withApp(async (app) =>
      (await app.realms()).rename(name, to, {dryRun: this.flags['dry-run']}),
    )
    if (renamed.name !== to) this.notice(`The realm is called ${renamed.name}.`)
    this.log(`${this.flags['dry-run'] ? 'Would rename' : 'Renamed'} realm ${name} to ${renamed.name}.`)
    for (const policy of renamed.policies)
      this.log(`${this.flags['dry-run'] ? 'Would change' : 'Changed'} policy ${policy}.`)
    return renamed
  }
}
