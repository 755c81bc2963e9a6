import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {fieldsOf} from '../../cli/user-fields.js'
import type {MachineToken} from '../../lib/store/machine-tokens.js'

export default class MachineAttach extends AppCommand<typeof MachineAttach> {
  static override summary = 'Attach a token to a computer.'
  static override description = 'Without a computer it is attached to any.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> SSHK0001 ssh --hostname gandalf --option user=root',
      description: 'The key logs in as root there',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> OATH0001 offline --machine-id 10.1.2.3 --machine-resolver hosts1 --option count=100',
      description: 'Values for logins without network',
    },
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    application: Args.string({description: 'ssh, luks or offline', ignoreStdin: true, required: true}),
  }
  static override flags = {
    hostname: Flags.string({description: 'computer, by a name in a hosts file', helpValue: 'HOST'}),
    'machine-id': Flags.string({
      dependsOn: ['machine-resolver'],
      description: 'computer, by its id',
      exclusive: ['hostname'],
      helpValue: 'ID',
    }),
    'machine-resolver': Flags.string({description: 'machine resolver', helpValue: 'NAME'}),
    option: Flags.string({
      char: 'o',
      description: 'option: user, service_id, slot, partition, count, rounds …',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<MachineToken> {
    const {args, flags} = this
    const named = {
      hostname: flags.hostname,
      machineId: flags['machine-id'],
      resolver: flags['machine-resolver'],
    }
    const options = fieldsOf(flags.option ?? [])
    const made = await this.withApp(async (app) =>
      (await app.machines()).attach(args.serial, args.application, named, options),
    )
    this.log(`Attached ${made.serial} to ${made.machineId ?? 'any machine'} for ${made.application} (id ${made.id}).`)
    return made
  }
}
