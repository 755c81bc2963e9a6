import {Args} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'

export default class TokenResync extends AppCommand<typeof TokenResync> {
  static override summary = 'Synchronise a HOTP or TOTP token with its device.'
  static override description =
    'Two values that the device shows one after the other are looked for within the sync window of the token. Its counter, ' +
    'and the drift of a TOTP token, are set so that the next value logs in; both values are used up. The counter never ' +
    'goes back.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 287922 162583', description: 'Synchronise a token'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    first: Args.string({description: 'a value of the device', ignoreStdin: true, required: true}),
    second: Args.string({description: 'the value after it', ignoreStdin: true, required: true}),
  }
  static override flags = {'dry-run': dryRun}

  async run(): Promise<{changed: string[]}> {
    const {serial, first, second} = this.args
    const dry = this.flags['dry-run']
    await this.withApp(async (app) => (await app.tokens({dryRun: dry})).resync(serial, first, second))
    this.log(`${dry ? 'Would have synchronised' : 'Synchronised'} ${serial}.`)
    return {changed: [serial]}
  }
}
