import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'

export default class AdminChange extends AppCommand<typeof AdminChange> {
  static override summary = 'Change the password or the e-mail address of a local administrator.'
  static override description = 'What is not named stays as it is. An unknown administrator is refused.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice --password-prompt', description: 'Asks for the new password'},
    {command: "<%= config.bin %> <%= command.id %> alice --email ''", description: 'Remove the e-mail address'},
  ]
  static override args = {
    username: Args.string({description: 'name of the administrator', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    email: Flags.string({char: 'e', description: 'new e-mail address; empty to remove it', helpValue: 'ADDRESS'}),
    password: Flags.string({description: 'the password, visible to others (as the originals)', hidden: true}),
    'password-prompt': Flags.boolean({
      aliases: ['password_prompt'],
      char: 'p',
      description: 'ask for a new password',
      exclusive: ['password', 'password-fd', 'password-file', 'password-stdin'],
    }),
  }

  async run(): Promise<{username: string; changed: string[]}> {
    const {username} = this.args
    const {email} = this.flags
    const secret = await this.#password()
    const changes = {...(secret !== undefined && {password: secret}), ...(email !== undefined && {email})}
    const changed = Object.keys(changes)
    if (changed.length === 0) {
      throw new PiError('USAGE', 'There is nothing to change.', {
        hints: ['Add --password-prompt, --password-file FILE, --password-stdin or --email ADDRESS'],
      })
    }
    await this.withApp(async (app) => (await app.admins()).change(username, changes))
    if (!this.shim) this.log(`Changed ${changed.join(' and ')} of administrator ${username}.`)
    return {username, changed}
  }

  async #password(): Promise<string | undefined> {
    const {flags} = this
    if (flags.password !== undefined) {
      this.notice('A password on the command line can be read by others; --password-file is safer.')
      return flags.password
    }
    const wanted =
      flags['password-prompt'] ||
      flags['password-stdin'] ||
      flags['password-file'] !== undefined ||
      flags['password-fd'] !== undefined
    return wanted ? readPassword(flags, 'New password', {twice: true}) : undefined
  }
}
