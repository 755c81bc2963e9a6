import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import type {EventHandler} from '../../lib/services/events/index.js'

export default class EventShow extends AppCommand<typeof EventShow> {
  static override summary = 'Show one event handler with options and conditions.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> 3', description: 'By its id, or by its name'},
  ]
  static override args = {event: Args.string({description: 'id or name', ignoreStdin: true, required: true})}

  async run(): Promise<EventHandler> {
    const handler = await this.withApp(async (app) => (await app.events()).get(this.args.event))
    if (!this.jsonEnabled()) {
      const {stringify} = await import('yaml')
      this.log(stringify(handler).trimEnd())
    }
    return handler
  }
}
