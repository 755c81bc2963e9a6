import {dryRun} from '../../cli/flags/dry-run.js'
import {serialsArg, TokenChangeCommand, type ChangeResult} from '../../cli/token-change-command.js'

export default class TokenDisable extends TokenChangeCommand<typeof TokenDisable> {
  static override summary = 'Disable tokens.'
  static override description = 'A disabled token does not log in until it is enabled again. A locked one is refused.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 OATH0002', description: 'Disable two tokens'},
  ]
  static override args = serialsArg
  static override flags = {'dry-run': dryRun}

  async run(): Promise<ChangeResult> {
    const options = {done: 'Disabled', unchanged: 'Disabled already:', dryRun: this.flags['dry-run']}
    return this.changeEach(this.args.serial, options, (tokens, serial) => tokens.disable(serial))
  }
}
