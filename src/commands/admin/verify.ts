import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'

export default class AdminVerify extends AppCommand<typeof AdminVerify> {
  static override summary = 'Check the password of a local administrator.'
  static override description =
    'Compares a password with the one in the database. The exit status is 0 when it fits, otherwise 1. Nothing is logged.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice --password-file pw', description: 'For scripts'},
  ]
  static override args = {
    username: Args.string({description: 'name of the administrator', ignoreStdin: true, required: true}),
  }
  static override flags = {...password}

  async run(): Promise<{username: string; valid: boolean}> {
    const {username} = this.args
    const secret = await readPassword(this.flags, 'Password')
    const valid = await this.withApp(async (app) => (await app.admins()).verify(username, secret))
    this.log(valid ? `The password of ${username} is right.` : `The password of ${username} is wrong.`)
    if (!valid) process.exitCode = exitCodes.REFUSED
    return {username, valid}
  }
}
