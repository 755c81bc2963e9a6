import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'

export default class ConfigUnset extends AppCommand<typeof ConfigUnset> {
  static override summary = 'Delete a setting, so that its default counts again.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> DefaultMaxFailCount --yes', description: 'Without asking'},
  ]
  static override args = {key: Args.string({description: 'name of the setting', ignoreStdin: true, required: true})}
  static override flags = {yes}

  async run(): Promise<{deleted: string}> {
    const {key} = this.args
    await this.confirm(`Delete the setting ${key}?`, this.flags.yes)
    await this.withApp(async (app) => (await app.configObjects()).remove('setting', key))
    this.log(`Deleted ${key}.`)
    return {deleted: key}
  }
}
