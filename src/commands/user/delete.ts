import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {namedUser, userArg, userFlags} from '../../cli/flags/user.js'
import type {User} from '../../lib/types/user.js'

export default class UserDelete extends AppCommand<typeof UserDelete> {
  static override summary = 'Delete a user in an editable resolver.'
  static override description =
    'His custom attributes are deleted, too. A user with tokens is refused unless --tokens says what becomes of them.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice@corp --yes', description: 'Without asking'},
    {
      command: '<%= config.bin %> <%= command.id %> alice@corp --tokens unassign --dry-run',
      description: 'Which tokens he would lose',
    },
  ]
  static override args = userArg
  static override flags = {
    ...userFlags,
    'dry-run': dryRun,
    tokens: Flags.option({
      options: ['refuse', 'unassign', 'keep'] as const,
      default: 'refuse' as const,
      description: 'take his tokens away from him, or keep them as orphans',
    })(),
    yes,
  }

  async run(): Promise<User & {tokens: string[]}> {
    const {flags} = this
    return this.withApp(async (app) => {
      const accounts = await app.accounts()
      const user = await accounts.find(namedUser(this.args, flags))
      const name = `${user.login} of ${user.resolver}`
      if (!flags['dry-run']) await this.confirm(`Delete user ${name}?`, flags.yes)
      const tokens = await accounts.delete(user, {dryRun: flags['dry-run'], tokens: flags.tokens})
      const fate = flags.tokens === 'unassign' ? 'Unassigned' : 'Orphaned'
      if (tokens.length > 0) this.log(`${flags['dry-run'] ? 'Tokens' : fate}: ${tokens.join(', ')}.`)
      this.log(`${flags['dry-run'] ? 'Would delete' : 'Deleted'} user ${name}.`)
      return {...user, tokens}
    })
  }
}
