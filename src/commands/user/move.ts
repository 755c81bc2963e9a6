import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {PiError} from '../../lib/errors.js'
import type {MovePlan, PlannedMove} from '../../lib/services/accounts/move.js'

export default class UserMove extends AppCommand<typeof UserMove> {
  static override summary = 'Move users to another realm or resolver, with their tokens.'
  static override description = `Who somebody is at the new place is found by login, by id, or by an attribute that both user stores have. What he owns here
(tokens, containers, custom attributes) is given to him there, for all users in one transaction; tokens leave the old
realm for the new one. User stores are only read. When somebody is not found at the new place nothing is moved, unless
--skip-missing leaves him behind, with status 7.`
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> alice bob --from-realm corp --to-realm field',
      description: 'Two users to another realm',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --all --from-resolver ldap1 --to-resolver entra1 --match email --dry-run',
      description: 'A whole directory to a new one: who is who?',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --all --from-resolver gone --to-resolver new --match userid',
      description: 'The old user store is not there any more, ids are the same',
    },
  ]
  static override args = {
    logins: Args.string({description: 'logins at the old place', ignoreStdin: true, multiple: true}),
  }
  static override flags = {
    all: Flags.boolean({description: 'all users of the old place who own something'}),
    'dry-run': dryRun,
    'from-realm': Flags.string({description: 'realm that they leave', helpValue: 'REALM'}),
    'from-resolver': Flags.string({description: 'resolver that they leave', helpValue: 'NAME'}),
    match: Flags.string({
      default: 'login',
      description: 'login, userid, or an attribute such as email',
      helpValue: 'KEY',
    }),
    'skip-missing': Flags.boolean({description: 'leave those behind who are not found at the new place'}),
    'to-realm': Flags.string({description: 'realm to which they go', helpValue: 'REALM'}),
    'to-resolver': Flags.string({description: 'resolver to which they go', helpValue: 'NAME'}),
    yes,
  }

  async run(): Promise<MovePlan> {
    const {flags} = this
    const logins = this.args.logins ?? []
    if (flags.all === logins.length > 0) throw new PiError('USAGE', 'Name logins, or give --all.')
    if (flags['from-realm'] === undefined && flags['from-resolver'] === undefined) {
      throw new PiError('USAGE', 'Say where from: --from-realm, --from-resolver, or both.')
    }
    return this.withApp(async (app) => {
      const accounts = await app.accounts()
      const userIds: string[] = []
      for (const login of logins)
        userIds.push(
          (await accounts.find({login, realm: flags['from-realm'], resolver: flags['from-resolver']})).userId,
        )
      const moves = await app.userMoves()
      const plan = await moves.plan({
        fromRealm: flags['from-realm'],
        fromResolver: flags['from-resolver'],
        toRealm: flags['to-realm'],
        toResolver: flags['to-resolver'],
        match: flags.match,
        ...(logins.length > 0 && {userIds}),
      })
      for (const {from, login, reason} of plan.stay) this.notice(`Stays: ${login ?? from.userId}: ${reason}.`)
      if (plan.stay.length > 0 && !flags['skip-missing'] && !flags['dry-run']) {
        throw new PiError('REFUSED', `${plan.stay.length} users are not found at the new place; nothing was moved.`, {
          hints: ['Look at it with --dry-run, or leave them behind with --skip-missing'],
        })
      }
      if (!flags['dry-run']) await this.confirm(`Move ${plan.moves.length} users?`, flags.yes)
      const done = flags['dry-run'] ? plan.moves : await moves.apply(plan)
      for (const move of done) this.log(`${flags['dry-run'] ? 'Would move' : 'Moved'} ${lineOf(move)}`)
      for (const {conflicts, from} of done)
        if (conflicts > 0)
          this.notice(`${conflicts} attributes of ${from.userId} are kept at the old place: the new one has its own.`)
      if (done.length === 0) this.log('Nobody to move.')
      if (plan.stay.length > 0) process.exitCode = exitCodes.PARTIAL
      return {moves: done, stay: plan.stay}
    })
  }
}

function lineOf({attributes, containers, from, login, to, tokens}: PlannedMove): string {
  const rows = [
    `${tokens} tokens`,
    containers > 0 && `${containers} containers`,
    attributes > 0 && `${attributes} attributes`,
  ].filter(Boolean)
  const place = ({realm, resolver, userId}: PlannedMove['from']) => `${userId} of ${resolver} in ${realm}`
  return `${login ?? from.userId}: ${place(from)} -> ${place(to)} (${rows.join(', ')})`
}
