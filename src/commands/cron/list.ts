import {AppCommand} from '../../cli/app-command.js'
import {cronListLines} from '../../cli/compat/cron.js'
import {output} from '../../cli/flags/output.js'
import {taskDocument, type TaskDocument} from '../../cli/task-document.js'

export default class CronList extends AppCommand<typeof CronList> {
  static override summary = 'List periodic tasks, with when they ran and will run.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'In the order in which they run'},
    {command: '<%= config.bin %> <%= command.id %> --json', description: 'With options and times of every node'},
  ]
  static override flags = output

  async run(): Promise<{tasks: TaskDocument[]}> {
    const found = await this.withApp(async (app) => (await app.periodicTasks()).list())
    const tasks = found.map((task) => taskDocument(task))
    if (this.shim) {
      for (const line of cronListLines(found)) this.log(line)
      return {tasks}
    }
    const times = (runs: Readonly<Record<string, string | null>>) =>
      Object.entries(runs)
        .map(([node, at]) => `${node} ${at ?? 'never'}`)
        .join(', ')
    await this.showRows(tasks, [
      {header: 'name', get: ({name}) => name},
      {header: 'active', get: ({active}) => active},
      {header: 'interval', get: ({interval}) => interval},
      {header: 'module', get: ({module}) => module},
      {header: 'nodes', get: ({nodes}) => nodes.join(', ')},
      {header: 'last run', get: ({lastRuns}) => times(lastRuns)},
      {header: 'next run', get: ({active, nextRuns}) => (active ? times(nextRuns) : '')},
    ])
    return {tasks}
  }
}
