import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'
import {fieldsOf} from '../../cli/user-fields.js'
import type {User} from '../../lib/types/user.js'

export default class UserCreate extends AppCommand<typeof UserCreate> {
  static override summary = 'Create a user in an editable resolver.'
  static override description =
    'Without --resolver it is the one editable resolver of the realm. The password is asked for, unless --no-password.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> alice --resolver local --set email=alice@example.com',
      description: 'Asks for the password',
    },
    {
      command: '<%= config.bin %> <%= command.id %> alice --realm corp --password-stdin < pw',
      description: 'For scripts',
    },
  ]
  static override args = {
    login: Args.string({description: 'login of the new user', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    'no-password': Flags.boolean({description: 'a user who cannot log in with a password'}),
    realm: Flags.string({description: 'realm whose editable resolver is taken', helpValue: 'REALM'}),
    resolver: Flags.string({description: 'resolver', helpValue: 'NAME'}),
    set: Flags.string({
      char: 's',
      description: 'attribute: email, givenname, surname, phone, mobile, description …',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<User> {
    const {args, flags} = this
    const fields = fieldsOf(flags.set ?? [])
    const secret = flags['no-password'] ? undefined : await readPassword(flags, 'Password', {twice: true})
    const user = await this.withApp(async (app) =>
      (await app.accounts()).create(
        {realm: flags.realm, resolver: flags.resolver},
        {...fields, username: args.login, ...(secret !== undefined && {password: secret})},
      ),
    )
    this.log(`Created user ${user.login} with the id ${user.userId} in ${user.resolver}.`)
    return user
  }
}
