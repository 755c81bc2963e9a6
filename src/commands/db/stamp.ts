import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import type {Head} from '../../lib/services/database.js'

export default class DbStamp extends AppCommand<typeof DbStamp> {
  static override summary = "Tell the server's migration tool which revision the tables have."
  static override description =
    'Writes alembic_version and nothing else. Tables that are not those of the revision are refused unless --force.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> head', description: 'Stamp the release that the tables speak of'},
    {command: '<%= config.bin %> <%= command.id %> 3.12', description: 'Stamp a release by its name'},
  ]
  static override args = {
    revision: Args.string({
      description: 'a revision, a release, or head',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override flags = {
    directory: Flags.string({char: 'd', description: 'ignored: there are no migration scripts here', hidden: true}),
    force: Flags.boolean({description: 'stamp although tables or columns of that release are missing'}),
  }

  async run(): Promise<Head> {
    const stamped = await this.withApp(async (app) =>
      (await app.schema()).stamp(this.args.revision, {force: this.flags.force}),
    )
    this.log(`Stamped ${stamped.revision}, ${stamped.product} ${stamped.version}.`)
    return stamped
  }
}
