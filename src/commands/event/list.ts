import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import type {EventHandler} from '../../lib/services/events/index.js'

export default class EventList extends AppCommand<typeof EventList> {
  static override summary = 'List event handlers in the order in which they run.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'Complete, for scripts'},
  ]
  static override flags = output

  async run(): Promise<{events: EventHandler[]}> {
    const events = await this.withApp(async (app) => (await app.events()).list())
    if (this.shim) {
      this.log(`Active  ID   ${'Name'.padEnd(30)}\tModule              \tAction\n${'='.repeat(90)}`)
      for (const {action, active, handler, id, name} of events) {
        const first = `[${(active ? 'True' : 'False').padStart(5)}] ${String(id).padStart(4)} ${name.slice(0, 30).padEnd(30)}`
        this.log(`${first}\t${handler.padEnd(20)}\t${action}`)
      }
    } else {
      await this.showRows(events, [
        {header: 'id', get: ({id}) => id, align: 'right'},
        {header: 'active', get: ({active}) => active},
        {header: 'order', get: ({ordering}) => ordering, align: 'right'},
        {header: 'name', get: ({name}) => name},
        {header: 'events', get: ({events: names}) => names.join(', ')},
        {header: 'position', get: ({position}) => position},
        {header: 'handler', get: ({handler}) => handler},
        {header: 'action', get: ({action}) => action},
      ])
    }
    return {events}
  }
}
