import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class CronEnable extends AppCommand<typeof CronEnable> {
  static override summary = 'Let a periodic task run again at its times.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> nightly', description: 'By its name'}]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true, required: true})}

  async run(): Promise<{name: string; active: boolean; changed: boolean}> {
    const {name} = this.args
    const changed = await this.withApp(async (app) => {
      const result = await (await app.periodicTasks()).setActive(name, true)
      if (result) await app.audit({action: 'CLI cron enable', info: name})
      return result
    })
    this.log(changed ? `Enabled the periodic task ${name}.` : `The periodic task ${name} is enabled already.`)
    return {active: true, changed, name}
  }
}
