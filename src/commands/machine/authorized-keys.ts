import {Args, Flags} from '@oclif/core'
import {hostname} from 'node:os'
import {AppCommand} from '../../cli/app-command.js'

export default class MachineAuthorizedKeys extends AppCommand<typeof MachineAuthorizedKeys> {
  static override summary = 'Print the SSH keys with which a login is allowed: for AuthorizedKeysCommand of sshd.'
  static override description = `Keys of active tokens that are attached for ssh with the option user=LOGIN, to this computer or to --hostname, or with the option
service_id. One key a line; none is no failure.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> root --hostname gandalf', description: 'Keys for root there'},
    {command: '<%= config.bin %> <%= command.id %> www --service-id webserver', description: 'Keys for a service'},
  ]
  static override args = {
    user: Args.string({description: 'login on the computer', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'any-host': Flags.boolean({description: 'also keys that are attached to any computer'}),
    hostname: Flags.string({description: 'computer (default: this one)', helpValue: 'HOST'}),
    'service-id': Flags.string({
      aliases: ['service_id'],
      description: 'service instead of a computer, since 3.9',
      exclusive: ['hostname', 'any-host'],
      helpValue: 'ID',
    }),
  }

  async run(): Promise<{keys: string[]}> {
    const {flags} = this
    const keys = await this.withApp(async (app) =>
      (await app.machines()).authorizedKeys({
        user: this.args.user,
        hostname: flags.hostname ?? hostname(),
        serviceId: flags['service-id'],
        anyHost: flags['any-host'],
      }),
    )
    for (const key of keys) this.log(key)
    return {keys}
  }
}
