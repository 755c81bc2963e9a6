import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class TokenSetDescription extends AppCommand<typeof TokenSetDescription> {
  static override summary = 'Set the description of a token.'
  static override description = 'A text longer than the column (80 characters) is cut. A locked token is refused.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> OATH0001 "spare token, third floor"',
      description: 'Describe a token',
    },
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    text: Args.string({description: 'new description', ignoreStdin: true, required: true}),
  }
  static override flags = {'dry-run': dryRun}

  async run(): Promise<{changed: string[]}> {
    const {serial, text} = this.args
    const changed = await this.withApp(async (app) =>
      (await app.tokens({dryRun: this.flags['dry-run']})).setDescription(serial, text),
    )
    this.log(changed ? `Set the description of ${serial}.` : `The description of ${serial} was the same.`)
    return {changed: changed ? [serial] : []}
  }
}
