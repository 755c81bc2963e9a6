import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EventReorder extends AppCommand<typeof EventReorder> {
  static override summary = 'Set the place of an event handler; lower runs first.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> "notify user" 5', description: 'Run it at place 5'},
  ]
  static override args = {
    event: Args.string({description: 'id or name', ignoreStdin: true, required: true}),
    ordering: Args.integer({description: 'place', ignoreStdin: true, required: true}),
  }

  async run(): Promise<{id: number; name: string; ordering: number}> {
    const {id, name, ordering} = await this.withApp(async (app) =>
      (await app.events()).setOrdering(this.args.event, this.args.ordering),
    )
    this.log(`Event handler ${name} runs at place ${ordering}.`)
    return {id, name, ordering}
  }
}
