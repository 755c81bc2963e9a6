import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'

export default class CronDelete extends AppCommand<typeof CronDelete> {
  static override summary = 'Delete a periodic task with its options and last runs.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> nightly --yes', description: 'Without asking'},
  ]
  static override args = {name: Args.string({description: 'name of the task', ignoreStdin: true, required: true})}
  static override flags = {yes}

  async run(): Promise<{deleted: string}> {
    const {name} = this.args
    await this.confirm(`Delete the periodic task ${name}?`, this.flags.yes)
    await this.withApp(async (app) => {
      await (await app.periodicTasks()).delete(name)
      await app.audit({action: 'CLI cron delete', info: name})
    })
    this.log(`Deleted the periodic task ${name}.`)
    return {deleted: name}
  }
}
