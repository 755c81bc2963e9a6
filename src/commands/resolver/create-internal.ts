import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class ResolverCreateInternal extends AppCommand<typeof ResolverCreateInternal> {
  static override summary = 'Create a resolver for users that are kept in this database.'
  static override description = `Makes a table users_NAME and an editable SQL resolver for it, with the login of the main database; its password is stored
encrypted. Users are then added by user create.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> local', description: 'Resolver local, table users_local'},
  ]
  static override args = {name: Args.string({description: 'name of the resolver', ignoreStdin: true, required: true})}
  static override flags = {'dry-run': dryRun}

  async run(): Promise<{name: string; table: string; tableCreated: boolean}> {
    const {'dry-run': dry} = this.flags
    const made = await this.withApp(async (app) =>
      (await app.resolvers()).createInternal(this.args.name, {dryRun: dry}),
    )
    if (!this.shim) {
      const table = made.tableCreated ? `with the new table ${made.table}` : `for the existing table ${made.table}`
      this.log(`${dry ? 'Would create' : 'Created'} resolver ${made.name} ${table}.`)
    }
    return made
  }
}
