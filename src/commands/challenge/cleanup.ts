import {Flags} from '@oclif/core'
import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'

export default class ChallengeCleanup extends SweepCommand<typeof ChallengeCleanup> {
  static override summary = 'Delete challenges that nobody can answer any more.'
  static override description =
    'Deletes expired challenges, or with --age all that are older than so many minutes, in small transactions.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Delete expired challenges'},
    {command: '<%= config.bin %> <%= command.id %> --age 60 --dry-run', description: 'How many are older than an hour'},
  ]
  static override flags = {
    ...sweepFlags,
    age: Flags.integer({description: 'delete challenges older than this', helpValue: 'MINUTES', min: 0}),
  }

  async run(): Promise<SweepDocument> {
    const {age, 'dry-run': dry} = this.flags
    const result = await this.sweep('challenges', {challenges: age === undefined ? undefined : age * 60})
    this.log(dry ? `Would delete ${result.rows} challenge entries.` : `${result.rows} entries deleted.`)
    return this.document(result)
  }
}
