import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EventDisable extends AppCommand<typeof EventDisable> {
  static override summary = 'Disable an event handler.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> 3', description: 'By its id, or by its name'},
  ]
  static override args = {event: Args.string({description: 'id or name', ignoreStdin: true, required: true})}

  async run(): Promise<{id: number; name: string; active: boolean; changed: boolean}> {
    const {changed, handler} = await this.withApp(async (app) => (await app.events()).setActive(this.args.event, false))
    // the original prints the id
    if (this.shim) this.log(String(handler.id))
    else
      this.log(
        changed ? `Disabled event handler ${handler.name}.` : `Event handler ${handler.name} is disabled already.`,
      )
    return {active: false, changed, id: handler.id, name: handler.name}
  }
}
