import {dryRun} from '../../cli/flags/dry-run.js'
import {yes} from '../../cli/flags/confirm.js'
import {serialsArg, TokenChangeCommand, type ChangeResult} from '../../cli/token-change-command.js'

export default class TokenDelete extends TokenChangeCommand<typeof TokenDelete> {
  static override summary = 'Delete tokens.'
  static override description =
    'Removes the tokens with their owners, realms, details, groups, machines, challenges and container places. ' +
    'Many tokens at once, with a plan and a way back: token-janitor find … delete.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --yes', description: 'Delete a token without asking'},
  ]
  static override args = serialsArg
  static override flags = {'dry-run': dryRun, yes}

  async run(): Promise<ChangeResult> {
    const serials = this.args.serial
    if (!this.flags['dry-run']) await this.confirm(`Delete ${serials.join(', ')}?`, this.flags.yes)
    const options = {done: 'Deleted', dryRun: this.flags['dry-run']}
    return this.changeEach(serials, options, (tokens, serial) => tokens.delete(serial))
  }
}
