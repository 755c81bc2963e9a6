import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {readSecretFile} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'

export default class TokenSetInfo extends AppCommand<typeof TokenSetInfo> {
  static override summary = 'Set a detail of a token (tokeninfo).'
  static override description =
    'Adds the detail or replaces its value. A secret value is read from a file and stored encrypted. ' +
    'A locked token is refused.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001 department sales', description: 'Set a detail'},
    {
      command: '<%= config.bin %> <%= command.id %> CRT0001 privatekey --secret-file key.pem',
      description: 'Store a secret detail, encrypted',
    },
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
    key: Args.string({description: 'name of the detail', ignoreStdin: true, required: true}),
    value: Args.string({description: 'its value', ignoreStdin: true}),
  }
  static override flags = {
    'dry-run': dryRun,
    'secret-file': Flags.string({description: 'file with a secret value in its first line', helpValue: 'FILE'}),
  }

  async run(): Promise<{changed: string[]}> {
    const {serial, key, value} = this.args
    const file = this.flags['secret-file']
    if ((value === undefined) === (file === undefined)) throw new PiError('USAGE', 'Give a value or --secret-file.')
    const text = value ?? readSecretFile(file!)
    await this.withApp(async (app) => {
      const tokens = await app.tokens({dryRun: this.flags['dry-run']})
      await tokens.setInfo(serial, key, text, {encrypted: file !== undefined})
    })
    this.log(`${this.flags['dry-run'] ? 'Would have set' : 'Set'} ${key} of ${serial}.`)
    return {changed: [serial]}
  }
}
