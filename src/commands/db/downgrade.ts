import {AppCommand} from '../../cli/app-command.js'
import {migration} from '../../cli/flags/migration.js'
import {PiError} from '../../lib/errors.js'

export default class DbDowngrade extends AppCommand<typeof DbDowngrade> {
  static override hidden = true
  static override strict = false
  static override summary = 'Not done here: migrations belong to the server.'
  static override description = "Ends with 2. A schema is downgraded by the migration tool of the server's own release."
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'Says which tool to use'}]
  static override flags = migration

  async run(): Promise<never> {
    throw new PiError('USAGE', "To downgrade the schema, run the server's own migration tool.", {
      hints: ['pi-manage db downgrade of the server itself, privacyidea-schema-upgrade, or edumfa-manage db downgrade'],
    })
  }
}
