import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {readSecretFile} from '../../cli/secret-input.js'

export default class TokenAssign extends AppCommand<typeof TokenAssign> {
  static override summary = 'Give a token to a user.'
  static override description =
    'The token must have no owner. The fail counter becomes zero; up to 3.10 the realm of the user replaces the realms of ' +
    'the token, later it is added, as the servers do it.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> OATH0001 --user alice --realm corp',
      description: 'Give it to alice',
    },
    {
      command: '<%= config.bin %> <%= command.id %> OATH0001 --user alice --pin-file pin.txt',
      description: 'With a PIN, to a user of the default realm',
    },
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    'pin-file': Flags.string({description: 'file with the PIN of the token in its first line', helpValue: 'FILE'}),
    realm: Flags.string({description: 'realm of the user (default: the default realm)', helpValue: 'REALM'}),
    user: Flags.string({description: 'login of the user', helpValue: 'LOGIN', required: true}),
  }

  async run(): Promise<{
    assigned: {serial: string; username: string; realm: string; resolver: string; userId: string}
  }> {
    const {flags} = this
    const {serial} = this.args
    const pin = flags['pin-file'] === undefined ? undefined : readSecretFile(flags['pin-file'])
    const {login, ...owner} = await this.withApp(async (app) => {
      const tokens = await app.tokens({dryRun: flags['dry-run']})
      return tokens.assign(serial, {login: flags.user, realm: flags.realm, pin})
    })
    this.log(`${flags['dry-run'] ? 'Would have assigned' : 'Assigned'} ${serial} to ${login}@${owner.realm}.`)
    return {assigned: {serial, username: login, ...owner}}
  }
}
