import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'

export default class AdminDelete extends AppCommand<typeof AdminDelete> {
  static override summary = 'Delete a local administrator.'
  static override description = 'Removes the account from the database. Tokens and audit rows are kept.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> alice --yes',
      description: 'Delete alice without asking, for scripts',
    },
  ]
  static override args = {
    username: Args.string({description: 'name of the administrator', ignoreStdin: true, required: true}),
  }
  static override flags = {yes}

  async run(): Promise<{deleted: string}> {
    const {username} = this.args
    await this.confirm(`Delete administrator ${username}?`, this.flags.yes)
    await this.withApp(async (app) => (await app.admins()).delete(username))
    this.log(this.shim ? `Deleting admin ${username}` : `Deleted administrator ${username}.`)
    return {deleted: username}
  }
}
