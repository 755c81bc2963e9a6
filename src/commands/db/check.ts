import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import type {DatabaseCheck} from '../../lib/services/database.js'

export default class DbCheck extends AppCommand<typeof DbCheck> {
  static override summary = 'Compare a database with what its release needs.'
  static override description =
    'Reports missing tables, columns, indexes and sequences, sequences behind the ids in use, and columns too short for ' +
    'what this release writes, each with the SQL that would mend it. Changes nothing. Ends with 4 when there are findings.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Check the configured database'},
    {
      command: '<%= config.bin %> <%= command.id %> --quiet > mend.sql',
      description: 'Keep the statements, to be read before they are run',
    },
  ]

  async run(): Promise<DatabaseCheck> {
    const check = await this.withApp(async (app) => (await app.schema()).check())
    for (const {message, sql} of check.findings) {
      this.log(`-- ${message}`)
      for (const statement of sql) this.log(`${statement};`)
    }
    const {length} = check.findings
    this.notice(
      length === 0
        ? `Everything that ${check.product} ${check.version} needs is there.`
        : `${length} ${length === 1 ? 'difference' : 'differences'} to ${check.product} ${check.version}.`,
    )
    if (length > 0) process.exitCode = exitCodes.DIFFERENCE
    return check
  }
}
