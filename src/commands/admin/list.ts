import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import type {AdminSummary} from '../../lib/services/admins.js'

export default class AdminList extends AppCommand<typeof AdminList> {
  static override summary = 'List the local administrators.'
  static override description =
    'Shows name, e-mail address, and whether a password is set: without one nobody can log in.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'As a table'},
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'For scripts'},
  ]
  static override flags = {...output}

  async run(): Promise<{admins: AdminSummary[]}> {
    const admins = await this.withApp(async (app) => (await app.admins()).list())
    if (this.shim) {
      this.log(`Name \t email\n${'='.repeat(30)}`)
      for (const {username, email} of admins) this.log(`${username} \t ${email ?? 'None'}`)
    } else {
      await this.showRows(admins, [
        {header: 'username', get: (admin) => admin.username},
        {header: 'email', get: (admin) => admin.email ?? ''},
        {header: 'password', get: (admin) => (admin.hasPassword ? 'set' : 'none')},
      ])
    }
    return {admins}
  }
}
