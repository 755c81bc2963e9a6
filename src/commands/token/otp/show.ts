import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {readTime, tokenWithSecret} from '../../../cli/one-token.js'
import {otpValues, type OtpValue} from '../../../lib/services/token-otp.js'

export default class TokenOtpShow extends AppCommand<typeof TokenOtpShow> {
  static override summary = 'Show the one-time values of a token.'
  static override description =
    'Computes the value that comes next, or that of a time. Nothing is changed: the value can still be used. ' +
    'For hotp, totp, daypassword and motp.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --count 5', description: 'The next five values'},
    {
      command: '<%= config.bin %> <%= command.id %> TOTP0001 --at 2024-05-01T12:00:00Z',
      description: 'The value of a moment',
    },
  ]
  static override args = {serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true})}
  static override flags = {
    at: Flags.string({description: 'time instead of now: Unix seconds or ISO 8601', helpValue: 'TIME'}),
    count: Flags.integer({default: 1, description: 'how many values, one after the other', min: 1, max: 1000}),
  }

  async run(): Promise<{serial: string; type: string; values: OtpValue[]}> {
    const {serial} = this.args
    const query = {at: readTime(this.flags.at), count: this.flags.count}
    const token = await this.withApp((app) => tokenWithSecret(app, serial))
    const values = otpValues(token, query)
    for (const {counter, otp} of values) this.log(`${String(counter)}\t${otp}`)
    return {serial, type: token.type, values}
  }
}
