import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {nodeFlag} from '../../cli/task-flags.js'
import {taskListener} from '../../cli/task-output.js'
import {PiError} from '../../lib/errors.js'
import type {TaskRun} from '../../lib/services/tasks/index.js'

export default class CronRunManually extends AppCommand<typeof CronRunManually> {
  static override aliases = ['cron:run']
  static override summary = 'Run a periodic task now, whether it is active and due or not.'
  static override description =
    'The run is noted for the node, also when the task is for other nodes. Ends with 1 when the task fails.'
  static override examples = [
    {command: "<%= config.bin %> <%= command.id %> 'stats nightly'", description: 'To see whether it works'},
  ]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true})}
  static override flags = {
    node: nodeFlag,
    task: Flags.string({char: 't', description: 'name of the task, as privacyidea-cron takes it', helpValue: 'NAME'}),
  }

  async run(): Promise<TaskRun> {
    const {args, flags} = this
    const name = args.name ?? flags.task
    if (name === undefined) throw new PiError('USAGE', 'Name the task.', {hints: ['See pi-manage cron list']})
    const silent = this.jsonEnabled()
    const run = await this.withApp(async (app) => {
      const node = flags.node ?? (await app.settings()).text('PI_NODE') ?? 'localnode'
      const listener = taskListener({
        fail: (text) => process.stderr.write(text),
        shim: this.shim,
        write: (text) => silent || process.stdout.write(text),
      })
      return (await app.periodicTasks()).runManually(name, node, listener)
    })
    if (run.outcome === 'busy')
      throw new PiError('LOCKED', `The task '${name}' is running already. ${run.reason ?? ''}`)
    // The original ends with 0 also when the task failed (spec/11 §B3).
    if (run.outcome === 'failed' && !this.shim) process.exitCode = 1
    return run
  }
}
