import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class CronDisable extends AppCommand<typeof CronDisable> {
  static override summary = 'Keep a periodic task from running by itself.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> nightly', description: 'By its name'}]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true, required: true})}

  async run(): Promise<{name: string; active: boolean; changed: boolean}> {
    const {name} = this.args
    const changed = await this.withApp(async (app) => {
      const result = await (await app.periodicTasks()).setActive(name, false)
      if (result) await app.audit({action: 'CLI cron disable', info: name})
      return result
    })
    this.log(changed ? `Disabled the periodic task ${name}.` : `The periodic task ${name} is disabled already.`)
    return {active: false, changed, name}
  }
}
