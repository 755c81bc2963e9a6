import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {readTime, tokenWithSecret} from '../../../cli/one-token.js'
import {findOtp} from '../../../lib/services/token-otp.js'

export default class TokenOtpVerify extends AppCommand<typeof TokenOtpVerify> {
  static override summary = 'Tell whether a one-time value is one of a token.'
  static override description =
    'Looks in the window of the token, now or at a time. Nothing is changed: counter and fail counter stay, and the value ' +
    'can still be used. Ends with 1 when it is not one.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 755224', description: 'Is this the next value?'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    otp: Args.string({description: 'the value', ignoreStdin: true, required: true}),
  }
  static override flags = {
    at: Flags.string({description: 'time instead of now: Unix seconds or ISO 8601', helpValue: 'TIME'}),
  }

  async run(): Promise<{serial: string; valid: boolean; counter?: number}> {
    const {serial, otp} = this.args
    const at = readTime(this.flags.at)
    const token = await this.withApp((app) => tokenWithSecret(app, serial))
    const counter = findOtp(token, otp, {at})
    this.log(counter === undefined ? 'not valid' : `valid, counter ${String(counter)}`)
    if (counter === undefined) process.exitCode = 1
    return {serial, valid: counter !== undefined, ...(counter !== undefined && {counter})}
  }
}
