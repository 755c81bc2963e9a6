import {Flags} from '@oclif/core'
import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'

export default class AuthcacheCleanup extends SweepCommand<typeof AuthcacheCleanup> {
  static override summary = 'Delete old entries of the authentication cache.'
  static override description =
    'Deletes passwords that were last used more than so many minutes ago, in small transactions.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --minutes 300',
      description: 'Delete what was not used for five hours',
    },
  ]
  static override flags = {
    ...sweepFlags,
    minutes: Flags.integer({
      char: 'm',
      default: 480,
      description: 'minutes since the last use',
      helpValue: 'N',
      min: 0,
    }),
  }

  async run(): Promise<SweepDocument> {
    const result = await this.sweep('authcache', {authcache: this.flags.minutes * 60})
    this.log(this.flags['dry-run'] ? `Entries to delete: ${result.rows}` : `Entries deleted: ${result.rows}`)
    return this.document(result)
  }
}
