import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {PiError} from '../../lib/errors.js'

export default class TokenSetRealms extends AppCommand<typeof TokenSetRealms> {
  static override summary = 'Set the realms of a token.'
  static override description =
    'Replaces the realms, or adds to them with --add. Since 3.10 the realm of the owner stays among them. A realm that ' +
    'does not exist is refused.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 corp,field', description: 'Put a token into two realms'},
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --none', description: 'Take it out of all realms'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    realms: Args.string({description: 'names of realms, with commas', ignoreStdin: true}),
  }
  static override flags = {
    add: Flags.boolean({description: 'keep the realms that the token has', exclusive: ['none']}),
    'dry-run': dryRun,
    none: Flags.boolean({description: 'no realm at all'}),
  }

  async run(): Promise<{changed: string[]}> {
    const {serial, realms} = this.args
    // a switch that is not there has no value at all
    const {add = false, none = false} = this.flags
    if ((realms === undefined) !== none) throw new PiError('USAGE', 'Give realms or --none.')
    const names = (realms ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    await this.withApp(async (app) =>
      (await app.tokens({dryRun: this.flags['dry-run']})).setRealms(serial, names, {add}),
    )
    this.log(`${this.flags['dry-run'] ? 'Would have set' : 'Set'} the realms of ${serial}.`)
    return {changed: [serial]}
  }
}
