import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class RealmSetDefault extends AppCommand<typeof RealmSetDefault> {
  static override summary = 'Make a realm the one of users who name none.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> corp', description: 'corp is the default'}]
  static override args = {name: Args.string({description: 'name of the realm', ignoreStdin: true, required: true})}

  async run(): Promise<{default: string; changed: boolean}> {
    const name = this.args.name.trim().toLowerCase()
    const changed = await this.withApp(async (app) => (await app.realms()).setDefault(name))
    if (!this.shim) this.log(changed ? `Realm ${name} is the default.` : `Realm ${name} is the default already.`)
    return {default: name, changed}
  }
}
