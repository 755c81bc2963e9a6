import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {definitionFlags, optionsFrom} from '../../cli/task-flags.js'
import {taskDocument, type TaskDocument} from '../../cli/task-document.js'
import {PiError} from '../../lib/errors.js'

export default class CronEdit extends AppCommand<typeof CronEdit> {
  static override summary = 'Change a periodic task.'
  static override description =
    'What is not given stays as it is; options, and nodes, are replaced as a whole. Last runs of nodes that are left out are forgotten.'
  static override examples = [
    {command: `<%= config.bin %> <%= command.id %> nightly --interval '0 4 * * *'`, description: 'At another time'},
    {command: '<%= config.bin %> <%= command.id %> nightly -n node1 -n node2', description: 'On two nodes'},
  ]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true, required: true})}
  static override flags = {...definitionFlags, name: Flags.string({description: 'new name', helpValue: 'NAME'})}

  async run(): Promise<TaskDocument> {
    const {flags} = this
    const {name} = this.args
    const changes = {
      interval: flags.interval,
      module: flags.module,
      name: flags.name,
      nodes: flags.node,
      options: optionsFrom(flags.option),
      ordering: flags.ordering,
      retryIfFailed: flags['retry-if-failed'],
    }
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    if (Object.keys(given).length === 0) throw new PiError('USAGE', 'Say what to change.', {hints: ['See --help']})
    const task = await this.withApp(async (app) => {
      const changed = await (await app.periodicTasks()).edit(name, given)
      await app.audit({action: 'CLI cron edit', info: `${name}: ${Object.keys(given).join(', ')}`})
      return changed
    })
    this.log(`Changed the periodic task ${task.name}.`)
    return taskDocument(task)
  }
}
