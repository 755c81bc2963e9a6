import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EventEnable extends AppCommand<typeof EventEnable> {
  static override summary = 'Enable an event handler.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> 3', description: 'By its id, or by its name'},
  ]
  static override args = {event: Args.string({description: 'id or name', ignoreStdin: true, required: true})}

  async run(): Promise<{id: number; name: string; active: boolean; changed: boolean}> {
    const {changed, handler} = await this.withApp(async (app) => (await app.events()).setActive(this.args.event, true))
    // the original prints the id
    if (this.shim) this.log(String(handler.id))
    else
      this.log(changed ? `Enabled event handler ${handler.name}.` : `Event handler ${handler.name} is enabled already.`)
    return {active: true, changed, id: handler.id, name: handler.name}
  }
}
