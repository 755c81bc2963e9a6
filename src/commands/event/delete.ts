import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'

export default class EventDelete extends AppCommand<typeof EventDelete> {
  static override summary = 'Delete an event handler with options and conditions.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> 3 --yes', description: 'Without asking'}]
  static override args = {event: Args.string({description: 'id or name', ignoreStdin: true, required: true})}
  static override flags = {yes}

  async run(): Promise<{deleted: {id: number; name: string}}> {
    await this.confirm(`Delete event handler ${this.args.event}?`, this.flags.yes)
    const {id, name} = await this.withApp(async (app) => (await app.events()).delete(this.args.event))
    this.log(this.shim ? String(id) : `Deleted event handler ${name}.`)
    return {deleted: {id, name}}
  }
}
