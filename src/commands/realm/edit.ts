import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {linksOf, listOfWords, realmLinks} from '../../cli/flags/realm-links.js'
import type {RealmWritten} from '../../lib/services/realms.js'

const resolvers = (description: string) =>
  Flags.string({description, helpValue: 'RESOLVERS', multiple: true, multipleNonGreedy: true})

export default class RealmEdit extends AppCommand<typeof RealmEdit> {
  static override summary = 'Add resolvers to a realm, take some away, or change who is asked first.'
  static override description = 'What is not named stays as it is.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> corp --add sql2 --priority sql2=3 --remove sql1',
      description: 'One comes, one goes',
    },
    {
      command: '<%= config.bin %> <%= command.id %> corp --priority ldap1=1',
      description: 'Change the priority of one that is there',
    },
  ]
  static override args = {name: Args.string({description: 'name of the realm', ignoreStdin: true, required: true})}
  static override flags = {
    ...realmLinks,
    add: resolvers('resolvers to add, or to give a priority'),
    'dry-run': dryRun,
    force: Flags.boolean({description: 'leave out resolvers that do not exist'}),
    remove: resolvers('resolvers to take away'),
  }

  async run(): Promise<RealmWritten> {
    const {flags} = this
    const {name} = this.args
    // A resolver with a priority need not be named a second time.
    const named = [...(flags.priority ?? []), ...(flags.node ?? [])].map((text) => text.split('=', 1)[0]!)
    const written = await this.withApp(async (app) =>
      (await app.realms()).edit(
        name,
        {add: linksOf([...(flags.add ?? []), ...named], flags), remove: listOfWords(flags.remove ?? [])},
        {dryRun: flags['dry-run'], force: flags.force},
      ),
    )
    for (const missing of written.missing) this.notice(`Left out: there is no resolver ${missing}.`)
    const done = flags['dry-run'] ? 'Would change' : 'Changed'
    this.log(written.changed ? `${done} realm ${written.name}.` : `Realm ${written.name} is as wanted already.`)
    return written
  }
}
