import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {namedUser, userArg, userFlags} from '../../cli/flags/user.js'
import {readPassword} from '../../cli/secret-input.js'
import {fieldsOf} from '../../cli/user-fields.js'
import {PiError} from '../../lib/errors.js'
import type {User} from '../../lib/types/user.js'

export default class UserUpdate extends AppCommand<typeof UserUpdate> {
  static override summary = 'Change a user in an editable resolver.'
  static override description =
    'What is not named stays. Attributes that this installation keeps beside the user store: user set-attribute.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp --set mobile=+49123', description: 'One attribute'},
    {
      command: '<%= config.bin %> <%= command.id %> alice --unset phone --password-prompt',
      description: 'One taken away, and a new password',
    },
  ]
  static override args = userArg
  static override flags = {
    ...userFlags,
    ...password,
    'password-prompt': Flags.boolean({description: 'ask for a new password'}),
    set: Flags.string({
      char: 's',
      description: 'attribute to change',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    unset: Flags.string({
      description: 'attribute to take away',
      helpValue: 'KEY',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<User & {changed: string[]}> {
    const {flags} = this
    const asks =
      flags['password-prompt'] ||
      flags['password-stdin'] ||
      flags['password-file'] !== undefined ||
      flags['password-fd'] !== undefined
    const fields: Record<string, string> = fieldsOf(flags.set ?? [])
    for (const key of flags.unset ?? []) fields[key] = ''
    if (asks) fields['password'] = await readPassword(flags, 'New password', {twice: true})
    const changed = Object.keys(fields)
    if (changed.length === 0) throw new PiError('USAGE', 'Say what to change: --set, --unset or --password-prompt.')
    const user = await this.withApp(async (app) => {
      const accounts = await app.accounts()
      const found = await accounts.find(namedUser(this.args, flags))
      await accounts.update(found, fields)
      return found
    })
    this.log(`Changed ${changed.join(', ')} of user ${user.login}.`)
    return {...user, changed}
  }
}
