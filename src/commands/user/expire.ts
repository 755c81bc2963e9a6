import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {PiError} from '../../lib/errors.js'
import {PythonRegex} from '../../lib/python/regex.js'
import {expireTokens, UserExpiry, type ExpiredUser} from '../../lib/services/accounts/expiry.js'

/** More tokens than this are changed only when told. */
const breaker = 100

export default class UserExpire extends AppCommand<typeof UserExpire> {
  static override summary = 'Take the tokens of users away whose account is over.'
  static override description = `Reads an attribute of every user: Active Directory's steps of 100 ns since 1601, or a date. All users are read before the first
token is changed; when a user store fails nothing is changed, and the status is 6.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --realm ad --dry-run', description: 'Whose account is over?'},
    {
      command: "<%= config.bin %> <%= command.id %> --realm ad --delete-serial '^TOTP'",
      description: 'Unassign all, and delete those of apps',
    },
  ]
  static override flags = {
    'attribute-name': Flags.string({
      char: 'a',
      default: 'accountExpires',
      description: 'user attribute with the date',
      helpValue: 'KEY',
    }),
    'allow-mass': Flags.integer({
      description: `change up to N tokens; without it the run stops at more than ${breaker}`,
      helpValue: 'N',
      min: 0,
    }),
    'delete-serial': Flags.string({
      char: 'd',
      description: 'delete tokens with this pattern (Python) in their serial',
      helpValue: 'REGEX',
    }),
    'dry-run': dryRun,
    realm: Flags.string({char: 'r', description: 'only users of this realm', helpValue: 'REALM'}),
    'unassign-serial': Flags.string({
      char: 'u',
      default: '.*',
      description: 'unassign tokens with this pattern (Python) in their serial',
      helpValue: 'REGEX',
    }),
    yes,
  }

  async run(): Promise<{users: ExpiredUser[]; failed: {serial: string; reason: string}[]}> {
    const {flags} = this
    const pattern = (text: string | undefined) => (text === undefined ? undefined : new PythonRegex(text))
    const rules = {
      realm: flags.realm,
      attribute: flags['attribute-name'],
      unassign: pattern(flags['unassign-serial']),
      delete: pattern(flags['delete-serial']),
    }
    return this.withApp(async (app) => {
      const users: ExpiredUser[] = []
      for await (const user of new UserExpiry(await app.database(), await app.users()).find(rules, new Date()))
        users.push(user)
      const count = users.reduce((sum, user) => sum + new Set([...user.unassign, ...user.delete]).size, 0)
      const allowed = flags['allow-mass'] ?? (this.shim ? Infinity : breaker)
      if (!flags['dry-run'] && count > allowed) {
        throw new PiError('BREAKER', `${count} tokens would be changed, more than ${allowed}.`, {
          hints: [`Look at them with --dry-run, then repeat with --allow-mass ${count}`],
        })
      }
      if (!flags['dry-run'] && count > 0) await this.confirm(`Change ${count} tokens?`, flags.yes)
      const tokens = await app.tokens()
      const emptyPinHash = flags['dry-run'] || count === 0 ? '' : await tokens.emptyPinHash()
      const failed: {serial: string; reason: string}[] = []
      for (const user of users) {
        this.log(`= User ${user.login} has an expiration date.`)
        this.log(`== The account expired at ${user.expired}.`)
        const word = (verb: string) => (flags['dry-run'] ? `I WOULD ${verb}` : `I ${verb}`)
        for (const serial of user.unassign) this.log(`=== ${word('unassign')} token ${serial}`)
        for (const serial of user.delete) this.log(`=== ${word('delete')} token ${serial}`)
        if (!flags['dry-run']) failed.push(...(await expireTokens(tokens, user, emptyPinHash)))
      }
      for (const {reason} of failed) process.stderr.write(`Failed: ${reason}\n`)
      if (failed.length > 0) process.exitCode = exitCodes.PARTIAL
      return {users, failed}
    })
  }
}
