import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import {pythonRepr} from '../../lib/python/repr.js'
import type {RealmSummary} from '../../lib/services/realms.js'

export default class RealmList extends AppCommand<typeof RealmList> {
  static override summary = 'List realms with their resolvers, in the order in which these are asked.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'All realms'},
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'With priorities and nodes, for scripts'},
  ]
  static override flags = output

  async run(): Promise<{realms: RealmSummary[]}> {
    const order = this.shim ? ('stored' as const) : ('asked' as const)
    const realms = await this.withApp(async (app) => (await app.realms()).list({order}))
    if (this.shim) {
      for (const {name, resolvers} of realms)
        this.log(`${name.padStart(16)}: ${pythonRepr(resolvers.map((link) => link.name))}`)
    } else {
      await this.showRows(realms, [
        {header: 'name', get: ({name}) => name},
        {header: 'default', get: (one) => one.default},
        {header: 'resolvers', get: ({resolvers}) => resolvers.map(shownLink).join(', ')},
      ])
    }
    return {realms}
  }
}

function shownLink({name, node, priority}: RealmSummary['resolvers'][number]): string {
  const facts = [priority && `priority ${priority}`, node && `node ${node}`].filter(Boolean)
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`
}
