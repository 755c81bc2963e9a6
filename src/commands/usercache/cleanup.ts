import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'

export default class UsercacheCleanup extends SweepCommand<typeof UsercacheCleanup> {
  static override summary = 'Delete entries of the user cache whose time is over.'
  static override description =
    'The time is the setting UserCacheExpiration, in seconds; where it is not set the cache is off and nothing is done.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Delete expired entries'},
    {command: '<%= config.bin %> <%= command.id %> --dry-run', description: 'Only count them'},
  ]
  static override flags = sweepFlags

  async run(): Promise<SweepDocument> {
    const result = await this.sweep('usercache')
    if (result.skipped === 'off') this.log('User cache is disabled, not doing anything.')
    else if (this.flags['dry-run']) this.log(`${result.rows} entries\n'--noaction' was passed, not doing anything.`)
    else this.log(`Deleted ${result.rows} expired entries.`)
    return this.document(result)
  }
}
