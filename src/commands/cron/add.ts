import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {definitionFlags, optionsFrom} from '../../cli/task-flags.js'
import {taskDocument, type TaskDocument} from '../../cli/task-document.js'
import {taskKinds} from '../../lib/tasks/registry.js'

export default class CronAdd extends AppCommand<typeof CronAdd> {
  static override summary = 'Add a periodic task.'
  static override description = taskKinds
    .map(({module, options, summary}) => {
      const list = options.map(({key, required, summary: text}) => `${key} (${text}${required ? ', needed' : ''})`)
      return `${module} ${summary}; options: ${list.join(', ')}.`
    })
    .join('\n')
  static override examples = [
    {
      command: `<%= config.bin %> <%= command.id %> nightly --module SimpleStats --interval '15 3 * * *' -o total_tokens=True`,
      description: 'The number of tokens, every night',
    },
    {
      command: `<%= config.bin %> <%= command.id %> failures --module EventCounter --interval '@hourly' -n node1 -o event_counter=failed -o stats_key=failed`,
      description: 'A counter of event handlers, on one node',
    },
  ]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true, required: true})}
  static override flags = {
    ...definitionFlags,
    inactive: Flags.boolean({description: 'add it switched off'}),
    interval: {...definitionFlags.interval, required: true as const},
    module: {...definitionFlags.module, required: true as const},
  }

  async run(): Promise<TaskDocument> {
    const {flags} = this
    const {name} = this.args
    const task = await this.withApp(async (app) => {
      const service = await app.periodicTasks()
      await service.add(name, {
        active: !flags.inactive,
        interval: String(flags.interval),
        module: String(flags.module),
        nodes: flags.node ?? [(await app.settings()).text('PI_NODE') ?? 'localnode'],
        options: optionsFrom(flags.option) ?? {},
        ordering: flags.ordering ?? 0,
        retryIfFailed: flags['retry-if-failed'] ?? true,
      })
      await app.audit({action: 'CLI cron add', info: name})
      return service.get(name)
    })
    this.log(`Added the periodic task ${name}.`)
    return taskDocument(task)
  }
}
