import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {namedUser, userFlags} from '../../cli/flags/user.js'
import {notFound, PiError} from '../../lib/errors.js'

export default class UserDeleteAttribute extends AppCommand<typeof UserDeleteAttribute> {
  static override summary = 'Delete custom attributes of a user.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp department', description: 'One attribute'},
    {
      command: '<%= config.bin %> <%= command.id %> --uid 1900 --resolver ldap1 --realm corp --all',
      description: 'All of a user who is gone',
    },
  ]
  static override args = {
    words: Args.string({
      description: 'the user (not with --uid) and the names of the attributes',
      ignoreStdin: true,
      multiple: true,
    }),
  }
  static override flags = {...userFlags, all: Flags.boolean({description: 'all custom attributes of the user'})}

  async run(): Promise<{deleted: string[]}> {
    const {flags} = this
    const words = this.args.words ?? []
    const [user, keys] = flags.uid === undefined ? [words[0], words.slice(1)] : [undefined, words]
    if (flags.all === keys.length > 0) throw new PiError('USAGE', 'Name attributes, or give --all.')
    const deleted = await this.withApp(async (app) => {
      const accounts = await app.accounts()
      return accounts.deleteAttributes(await accounts.find(namedUser({user}, flags)), flags.all ? undefined : keys)
    })
    if (deleted.length === 0 && !flags.all) throw notFound('attribute', keys.join(', '), 'pi-manage user attributes')
    this.log(deleted.length === 0 ? 'There are no attributes.' : `Deleted ${deleted.join(', ')}.`)
    return {deleted}
  }
}
