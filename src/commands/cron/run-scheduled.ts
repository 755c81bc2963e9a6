import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {cronDueLines} from '../../cli/compat/cron.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {nodeFlag} from '../../cli/task-flags.js'
import {taskListener} from '../../cli/task-output.js'
import type {TaskRun} from '../../lib/services/tasks/index.js'
import type {PeriodicTask} from '../../lib/types/periodic-task.js'

export default class CronRunScheduled extends AppCommand<typeof CronRunScheduled> {
  static override summary = 'Run the periodic tasks whose time has come on this node.'
  static override description = `To be called by cron every five minutes on each node. A task is due when its next time after its last run on the node
has come, in local time; times that were missed count once. Two calls at the same time run a task once. Ends with 1 when a
task failed.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --cron', description: 'In a crontab: */5 * * * *'},
    {command: '<%= config.bin %> <%= command.id %> --dry-run', description: 'What is due'},
  ]
  static override flags = {
    cron: Flags.boolean({char: 'c', description: 'nothing on standard output; errors are shown'}),
    'dry-run': {...dryRun, aliases: ['dryrun'], char: 'd' as const},
    node: nodeFlag,
  }

  async run(): Promise<{node: string; due: string[]; runs: TaskRun[]}> {
    const {flags} = this
    const silent = flags.cron || this.jsonEnabled()
    const write = (text: string) => silent || process.stdout.write(text)
    return this.withApp(async (app) => {
      const node = flags.node ?? (await app.settings()).text('PI_NODE') ?? 'localnode'
      const service = await app.periodicTasks()
      const schedule = await service.schedule(node)
      for (const {state, task} of schedule) {
        if (state.kind === 'never' && !this.shim) this.notice(`The task '${task.name}' is left out: ${state.reason}`)
      }
      const due = schedule.filter(({state}) => state.kind === 'due').map(({task}) => task)
      const names = due.map(({name}) => name)
      this.#announce(due, node, write)
      if (flags['dry-run'] || due.length === 0) {
        if (flags['dry-run'] && this.shim) write('Not running any tasks because --dryrun was passed.\n')
        return {node, due: names, runs: []}
      }
      const fail = (text: string) => process.stderr.write(text)
      const runs = await service.runScheduled(node, taskListener({fail, shim: this.shim, write}))
      const failed = runs.filter(({outcome}) => outcome === 'failed').length
      if (failed > 0) process.exitCode = 1
      if (this.shim && failed > 0) fail('Some tasks exited with errors.\n')
      else if (this.shim) write('All scheduled tasks executed successfully.\n')
      for (const {name, outcome} of runs) if (outcome === 'busy') this.notice(`${name}: another run is at it.`)
      return {node, due: names, runs}
    })
  }

  #announce(due: readonly PeriodicTask[], node: string, write: (text: string) => void): void {
    if (this.shim) for (const line of cronDueLines(due, node)) write(`${line}\n`)
    else if (due.length === 0) write(`Nothing is due on ${node}.\n`)
    else if (this.flags['dry-run']) for (const {module, name} of due) write(`${name} (${module}) is due on ${node}.\n`)
  }
}
