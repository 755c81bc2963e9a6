import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {linksOf, realmLinks} from '../../cli/flags/realm-links.js'
import type {RealmWritten} from '../../lib/services/realms.js'

export default class RealmCreate extends AppCommand<typeof RealmCreate> {
  static override summary = 'Create a realm from resolvers.'
  static override description = `The name becomes lower case, blanks in it become hyphens. The first realm of all is the default. A resolver that does not
exist is refused; with --force it is left out.`
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> corp ldap1,sql1 --priority ldap1=1,sql1=2',
      description: 'ldap1 is asked first',
    },
    {command: '<%= config.bin %> <%= command.id %> corp ldap1 sql1 --update', description: 'Give it other resolvers'},
  ]
  static override args = {
    name: Args.string({description: 'name of the realm', ignoreStdin: true, required: true}),
    resolvers: Args.string({
      description: 'its resolvers, as words or with commas',
      ignoreStdin: true,
      multiple: true,
    }),
  }
  static override flags = {
    ...realmLinks,
    'dry-run': dryRun,
    force: Flags.boolean({description: 'leave out resolvers that do not exist'}),
    update: Flags.boolean({description: 'give an existing realm exactly these resolvers'}),
  }

  async run(): Promise<RealmWritten> {
    const {args, flags} = this
    const links = linksOf(args.resolvers ?? [], flags)
    const written = await this.withApp(async (app) =>
      (await app.realms()).create(args.name, links, {
        dryRun: flags['dry-run'],
        // 3.8 overwrote realms, and passed over resolvers that do not exist.
        force: flags.force || this.shim,
        update: flags.update || this.shim,
      }),
    )
    if (this.shim) return written
    if (written.name !== args.name) this.notice(`The realm is called ${written.name}.`)
    for (const name of written.missing) this.notice(`Left out: there is no resolver ${name}.`)
    const done = flags['dry-run'] ? 'Would write' : written.created ? 'Created' : 'Changed'
    this.log(written.changed ? `${done} realm ${written.name}.` : `Realm ${written.name} is as wanted already.`)
    return written
  }
}
