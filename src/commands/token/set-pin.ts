import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'

export default class TokenSetPin extends AppCommand<typeof TokenSetPin> {
  static override summary = 'Set the OTP PIN of a token.'
  static override description =
    'The PIN is asked for, or read from a file. It is stored as a hash by the rules of the installation, or encrypted with ' +
    '--encrypt for servers that must be able to read it. Rules of policies about PINs do not apply here.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001', description: 'Ask for the PIN'},
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --password-file pin.txt', description: 'For scripts'},
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --no-pin', description: 'Take the PIN away'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    encrypt: Flags.boolean({description: 'store the PIN readable for the server, encrypted with its key'}),
    'no-pin': Flags.boolean({
      description: 'set the empty PIN',
      exclusive: ['password-fd', 'password-file', 'password-stdin', 'encrypt'],
    }),
  }

  async run(): Promise<{changed: string[]}> {
    const {flags} = this
    const {serial} = this.args
    const pin = flags['no-pin'] ? '' : await readPassword(flags, `New PIN of ${serial}`, {twice: true})
    await this.withApp(async (app) => (await app.tokens()).setPin(serial, pin, {encrypted: flags.encrypt}))
    this.log(`Set the PIN of ${serial}.`)
    return {changed: [serial]}
  }
}
