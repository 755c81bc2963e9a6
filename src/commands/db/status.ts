import {AppCommand} from '../../cli/app-command.js'
import type {DatabaseStatus} from '../../lib/services/database.js'

export default class DbStatus extends AppCommand<typeof DbStatus> {
  static override aliases = ['db:current']
  static override summary = 'Show which product and release a database belongs to.'
  static override description =
    'Recognises the release by the stamped revision, else by the tables and columns, and says whether everything that ' +
    'the release needs is there. A schema that is not known is refused by its name.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'The configured database'},
    {
      command: '<%= config.bin %> <%= command.id %> --db-uri sqlite:////backup/data.sqlite --json',
      description: 'Another one, for a script',
    },
  ]

  async run(): Promise<DatabaseStatus> {
    const status = await this.withApp(async (app) => (await app.schema()).status())
    this.log(`Database: ${status.database}`)
    this.log(`Product:  ${status.product ? `${status.product} ${status.version}` : '-'}`)
    this.log(`Revision: ${status.revision ?? '-'}`)
    this.log(`Tables:   ${status.tables}`)
    this.log(`Clean:    ${status.clean ? 'yes' : 'no'}`)
    for (const remark of status.remarks) this.log(`  ${remark}`)
    if (!status.clean && status.product) this.notice('See pi-manage db check for the statements that would mend it.')
    return status
  }
}
