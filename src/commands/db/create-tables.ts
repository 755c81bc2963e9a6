import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {PiError} from '../../lib/errors.js'
import type {CreatedTables} from '../../lib/services/database.js'

export default class DbCreateTables extends AppCommand<typeof DbCreateTables> {
  static override aliases = ['setup:create-tables']
  static override summary = 'Make the tables of a new installation.'
  static override description =
    'Makes all tables, indexes and sequences of privacyIDEA 3.8, or of the newest eduMFA for an eduMFA configuration, ' +
    'and stamps the revision for the migration tool of the server. A SQLite file is made if it is missing. ' +
    'A database that has tables already is refused and left as it is.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Make the tables in the configured database'},
    {
      command: '<%= config.bin %> <%= command.id %> --release 3.12 --db-uri postgresql://pi@db/pi',
      description: 'The tables of another release, in another database',
    },
  ]
  static override flags = {
    release: Flags.string({
      description: 'release whose tables are made, as db heads lists them',
      env: 'PI_MANAGE_RELEASE',
      helpValue: 'VERSION',
    }),
    stamp: Flags.boolean({
      allowNo: true,
      char: 's',
      default: true,
      description: 'write the revision into alembic_version',
    }),
    'no-stamp-short': Flags.boolean({char: 'n', description: 'the same as --no-stamp', hidden: true}),
  }

  async run(): Promise<CreatedTables | {tables: 0}> {
    const stamp = this.flags.stamp && !this.flags['no-stamp-short']
    return this.withApp(async (app) => {
      const schema = await app.schema()
      if (this.shim) this.log(`<SQLAlchemy engine=${schema.maskedUri}>`)
      try {
        const made = await schema.createTables({stamp, release: this.flags.release})
        const revision = made.revision ? `, revision ${made.revision}` : ''
        if (!this.shim) this.log(`Made the ${made.tables} tables of ${made.product} ${made.version}${revision}.`)
        return made
      } catch (error) {
        // Scripts of the originals make the tables at each start.
        const present = this.shim && error instanceof PiError && error.code === 'REFUSED' && (await schema.hasTables())
        if (!present) throw error
        this.notice('The tables are there already.')
        return {tables: 0}
      }
    })
  }
}
