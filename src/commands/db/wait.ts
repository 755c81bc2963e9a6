import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class DbWait extends AppCommand<typeof DbWait> {
  static override summary = 'Wait until the database answers.'
  static override description =
    'For start scripts and containers. Ends with 6 when the time is over, at once with 2 for a configuration that no ' +
    'waiting mends.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --timeout 60', description: 'Wait a minute at most'},
  ]
  static override flags = {
    timeout: Flags.integer({description: 'seconds to wait at most', env: 'PI_MANAGE_TIMEOUT', helpValue: 'S', min: 0}),
    sleep: Flags.integer({char: 's', default: 3, description: 'seconds between two attempts', helpValue: 'S', min: 0}),
    attempts: Flags.integer({
      char: 'a',
      description: 'attempts at most, instead of --timeout',
      exclusive: ['timeout'],
      helpValue: 'N',
      min: 1,
    }),
  }

  async run(): Promise<{attempts: number}> {
    const {attempts = 10, sleep} = this.flags
    const timeoutMs = (this.flags.timeout ?? (attempts - 1) * sleep) * 1000
    const waited = await this.withApp(async (app) =>
      (await app.schema()).wait({
        timeoutMs,
        pauseMs: Math.min(sleep * 1000, Math.max(timeoutMs, 100)),
        onAttempt: (reason) => this.notice(reason),
      }),
    )
    this.log('The database answers.')
    return waited
  }
}
