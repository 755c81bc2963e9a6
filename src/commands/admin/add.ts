import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'

export default class AdminAdd extends AppCommand<typeof AdminAdd> {
  static override summary = 'Add a local administrator.'
  static override description =
    'The password is asked for, or read from a file. An existing administrator is refused, unless --update replaces the ' +
    'password (and the e-mail address, if one is given).'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> alice --email alice@example.com',
      description: 'Asks for the password',
    },
    {command: '<%= config.bin %> <%= command.id %> alice --password-stdin < pw', description: 'For scripts'},
  ]
  static override args = {
    username: Args.string({description: 'name of the administrator', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    email: Flags.string({char: 'e', description: 'e-mail address', helpValue: 'ADDRESS'}),
    password: Flags.string({
      char: 'p',
      description: 'the password, visible to others (as the originals)',
      hidden: true,
      exclusive: ['password-fd', 'password-file', 'password-stdin'],
    }),
    update: Flags.boolean({description: 'replace the password of an existing administrator'}),
  }

  async run(): Promise<{username: string; result: 'added' | 'updated'}> {
    const {flags} = this
    const {username} = this.args
    const secret = await this.#password()
    const result = await this.withApp(async (app) =>
      (await app.admins()).add({username, password: secret, email: flags.email}, {update: flags.update}),
    )
    if (this.shim) this.log(`Admin ${username} was registered successfully.`)
    else this.log(`${result === 'added' ? 'Added' : 'Updated'} administrator ${username}.`)
    return {username, result}
  }

  async #password(): Promise<string> {
    const {flags} = this
    if (flags.password === undefined) return readPassword(flags, 'Password', {twice: true})
    this.notice('A password on the command line can be read by others; --password-file is safer.')
    return flags.password
  }
}
