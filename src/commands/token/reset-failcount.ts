import {dryRun} from '../../cli/flags/dry-run.js'
import {serialsArg, TokenChangeCommand, type ChangeResult} from '../../cli/token-change-command.js'

export default class TokenResetFailcount extends TokenChangeCommand<typeof TokenResetFailcount> {
  static override summary = 'Set the fail counter of tokens to zero.'
  static override description = 'A token whose fail counter is at its limit does not log in until this is done.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001', description: 'Let a user try again'},
  ]
  static override args = serialsArg
  static override flags = {'dry-run': dryRun}

  async run(): Promise<ChangeResult> {
    const options = {done: 'Reset', unchanged: 'At zero already:', dryRun: this.flags['dry-run']}
    return this.changeEach(this.args.serial, options, (tokens, serial) => tokens.resetFailcount(serial))
  }
}
