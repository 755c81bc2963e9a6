import {dryRun} from '../../cli/flags/dry-run.js'
import {yes} from '../../cli/flags/confirm.js'
import {serialsArg, TokenChangeCommand, type ChangeResult} from '../../cli/token-change-command.js'

export default class TokenUnassign extends TokenChangeCommand<typeof TokenUnassign> {
  static override summary = 'Take tokens from their owners.'
  static override description =
    'The PIN becomes empty and the fail counter zero; the realms of the token stay, so that it can be given to another user.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --yes', description: 'Take a token back, for scripts'},
  ]
  static override args = serialsArg
  static override flags = {'dry-run': dryRun, yes}

  async run(): Promise<ChangeResult> {
    const serials = this.args.serial
    if (!this.flags['dry-run']) await this.confirm(`Unassign ${serials.join(', ')}?`, this.flags.yes)
    const options = {done: 'Unassigned', dryRun: this.flags['dry-run']}
    return this.changeEach(serials, options, (tokens, serial) => tokens.unassign(serial))
  }
}
