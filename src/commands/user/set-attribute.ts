import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {userFlags} from '../../cli/flags/user.js'

export default class UserSetAttribute extends AppCommand<typeof UserSetAttribute> {
  static override summary = 'Set a custom attribute of a user.'
  static override description =
    'It is kept in this installation, for the user in one realm; the user store is not touched.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp department sales', description: 'One attribute'},
  ]
  static override args = {
    user: Args.string({description: 'LOGIN, or LOGIN@REALM', ignoreStdin: true, required: true}),
    key: Args.string({description: 'name of the attribute', ignoreStdin: true, required: true}),
    value: Args.string({description: 'its value', ignoreStdin: true, required: true}),
  }
  static override flags = {realm: userFlags.realm, resolver: userFlags.resolver}

  async run(): Promise<{key: string; value: string; changed: boolean}> {
    const {key, user, value} = this.args
    const changed = await this.withApp(async (app) => {
      const accounts = await app.accounts()
      return accounts.setAttribute(await accounts.find({login: user, ...this.flags}), key, value)
    })
    this.log(changed ? `Set ${key} of ${user}.` : `${key} of ${user} is so already.`)
    return {key, value, changed}
  }
}
