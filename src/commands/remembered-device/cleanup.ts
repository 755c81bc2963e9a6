import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'

export default class RememberedDeviceCleanup extends SweepCommand<typeof RememberedDeviceCleanup> {
  static override summary = 'Delete remembered devices whose time is over.'
  static override description = 'Ends with 2 on releases before 3.14, which do not remember devices.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'Delete expired devices'}]
  static override flags = sweepFlags

  async run(): Promise<SweepDocument> {
    const result = await this.sweep('remembered-devices')
    this.log(`${result.rows} entries ${this.flags['dry-run'] ? 'to delete' : 'deleted'}.`)
    return this.document(result)
  }
}
