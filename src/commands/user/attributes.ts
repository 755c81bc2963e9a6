import {AppCommand} from '../../cli/app-command.js'
import {namedUser, userArg, userFlags} from '../../cli/flags/user.js'
import {output} from '../../cli/flags/output.js'

export default class UserAttributes extends AppCommand<typeof UserAttributes> {
  static override summary = 'Show the custom attributes of a user.'
  static override description = `Custom attributes are kept in this installation, by user and realm; they go before what the user store says, and stay when the
user is gone (--uid names him then).`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp', description: 'All of a user'},
    {
      command: '<%= config.bin %> <%= command.id %> --uid 1900 --resolver ldap1 --realm corp',
      description: 'Of a user who is gone',
    },
  ]
  static override args = userArg
  static override flags = {...userFlags, ...output}

  async run(): Promise<{attributes: {key: string; value: string}[]}> {
    const found = await this.withApp(async (app) => {
      const accounts = await app.accounts()
      return accounts.attributes(await accounts.find(namedUser(this.args, this.flags)))
    })
    const attributes = Object.entries(found).map(([key, value]) => ({key, value}))
    await this.showRows(attributes, [
      {header: 'key', get: ({key}) => key},
      {header: 'value', get: ({value}) => value},
    ])
    return {attributes}
  }
}
