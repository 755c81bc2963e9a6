import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {likeOfWildcard} from '../../lib/services/janitor/compile.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'
import {findTokensByOtp, type OtpSearch} from '../../lib/services/tokens/find-by-otp.js'

export default class TokenFindByOtp extends AppCommand<typeof TokenFindByOtp> {
  static override summary = 'Find the token that shows a one-time password.'
  static override description =
    'Looks at HOTP, TOTP, mOTP and day-password tokens within their windows. Nothing is changed: the value still logs in. ' +
    'Ends with 1 when no token, or more than one, shows it.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> 755224', description: 'Whose token is this?'},
    {
      command: '<%= config.bin %> <%= command.id %> 755224 --unassigned --window 100',
      description: 'Among those in stock',
    },
  ]
  static override args = {
    otp: Args.string({description: 'value that the token shows', ignoreStdin: true, required: true}),
  }
  static override flags = {
    assigned: Flags.boolean({description: 'only tokens with an owner', exclusive: ['unassigned']}),
    serial: Flags.string({description: 'only tokens with this in their serial', helpValue: 'TEXT'}),
    type: Flags.string({description: 'only tokens of this type; * stands for any text', helpValue: 'TYPE'}),
    unassigned: Flags.boolean({description: 'only tokens without owner'}),
    window: Flags.integer({
      default: 10,
      description: 'how many values to look ahead',
      helpValue: 'N',
      min: 1,
      max: 100_000,
    }),
  }

  async run(): Promise<OtpSearch> {
    const {flags} = this
    const of: Condition[] = [
      conditionOf(
        {tokentype: flags.type, assigned: flags.assigned ? 'true' : flags.unassigned ? 'false' : undefined},
        new Date(),
      ),
    ]
    if (flags.serial !== undefined) {
      of.push({
        kind: 'field',
        field: {of: 'token', column: 'serial'},
        test: {op: 'like', like: likeOfWildcard(`*${flags.serial}*`)},
      })
    }
    const found = await this.withApp(async (app) =>
      findTokensByOtp((await app.exportTokens()).run({kind: 'all', of}), this.args.otp, {
        at: Date.now() / 1000,
        window: flags.window,
      }),
    )
    this.log(`${this.shim ? '\n\n' : ''}Searching in ${found.searched} tokens.`)
    for (const {serial} of found.tokens) this.log(`Found the token with serial ${serial}`)
    if (found.tokens.length === 0) this.log('No token found.')
    if (found.unreadable.length > 0) this.notice(`The secrets of ${found.unreadable.length} tokens cannot be read.`)
    // 3.8 ends with 0 also when it has found nothing.
    if (found.tokens.length > 1 || (found.tokens.length === 0 && !this.shim)) process.exitCode = exitCodes.NOT_FOUND
    return found
  }
}
