import {dryRun} from '../../cli/flags/dry-run.js'
import {serialsArg, TokenChangeCommand, type ChangeResult} from '../../cli/token-change-command.js'

export default class TokenEnable extends TokenChangeCommand<typeof TokenEnable> {
  static override summary = 'Enable tokens.'
  static override description = 'A token that is enabled already stays as it is; a locked one is refused.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> OATH0001', description: 'Enable a token'}]
  static override args = serialsArg
  static override flags = {'dry-run': dryRun}

  async run(): Promise<ChangeResult> {
    const options = {done: 'Enabled', unchanged: 'Enabled already:', dryRun: this.flags['dry-run']}
    return this.changeEach(this.args.serial, options, (tokens, serial) => tokens.enable(serial))
  }
}
