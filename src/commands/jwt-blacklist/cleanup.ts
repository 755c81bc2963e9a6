import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'

export default class JwtBlacklistCleanup extends SweepCommand<typeof JwtBlacklistCleanup> {
  static override summary = 'Delete revoked web tokens that have expired anyway.'
  static override description = 'Only eduMFA keeps such a list (since 2.9.1); elsewhere the command ends with 2.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'Delete expired entries'}]
  static override flags = sweepFlags

  async run(): Promise<SweepDocument> {
    const result = await this.sweep('jwt-blacklist')
    this.log(`${result.rows} entries ${this.flags['dry-run'] ? 'to delete' : 'deleted'}.`)
    return this.document(result)
  }
}
