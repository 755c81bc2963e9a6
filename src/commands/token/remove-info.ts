import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class TokenRemoveInfo extends AppCommand<typeof TokenRemoveInfo> {
  static override summary = 'Remove a detail of a token (tokeninfo).'
  static override description = 'Ends with 0 also when the token has no such detail.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 department', description: 'Remove a detail'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    key: Args.string({description: 'name of the detail', ignoreStdin: true, required: true}),
  }
  static override flags = {'dry-run': dryRun}

  async run(): Promise<{changed: string[]}> {
    const {serial, key} = this.args
    const removed = await this.withApp(async (app) =>
      (await app.tokens({dryRun: this.flags['dry-run']})).removeInfo(serial, key),
    )
    this.log(removed ? `Removed ${key} from ${serial}.` : `${serial} has no ${key}.`)
    return {changed: removed ? [serial] : []}
  }
}
