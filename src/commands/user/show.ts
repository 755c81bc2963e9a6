import {AppCommand} from '../../cli/app-command.js'
import {namedUser, userArg, userFlags} from '../../cli/flags/user.js'
import type {UserAccount} from '../../lib/services/accounts/index.js'

export default class UserShow extends AppCommand<typeof UserShow> {
  static override summary = 'Show what is known of a user: attributes, and tokens.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp', description: 'A user of a realm'},
    {
      command: '<%= config.bin %> <%= command.id %> --resolver ldap1 --uid 1000',
      description: 'Whose token is this? By the id in its owner',
    },
  ]
  static override args = userArg
  static override flags = userFlags

  async run(): Promise<UserAccount> {
    const account = await this.withApp(async (app) => (await app.accounts()).get(namedUser(this.args, this.flags)))
    if (!this.jsonEnabled()) {
      const {stringify} = await import('yaml')
      this.log(stringify(account).trimEnd())
    }
    return account
  }
}
