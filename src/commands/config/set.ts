import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {PiError} from '../../lib/errors.js'

export default class ConfigSet extends AppCommand<typeof ConfigSet> {
  static override summary = 'Change or create a setting.'
  static override description =
    'The type of an existing setting is kept; values of type password are encrypted. A secret is read from a file or from standard input.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> DefaultMaxFailCount 12', description: 'A plain setting'},
    {
      command: '<%= config.bin %> <%= command.id %> radius.secret --type password --value-file -',
      description: 'A secret',
    },
  ]
  static override args = {
    key: Args.string({description: 'name of the setting', ignoreStdin: true, required: true}),
    value: Args.string({description: 'value; not for secrets', ignoreStdin: true}),
  }
  static override flags = {
    description: Flags.string({description: 'free text'}),
    'dry-run': dryRun,
    type: Flags.string({description: 'public: also shown to users; password: encrypted'}),
    'value-file': Flags.string({
      description: 'file with the value, - for standard input',
      exclusive: ['value'],
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<{key: string; changed: boolean}> {
    const {args, flags} = this
    if (args.value === undefined && flags['value-file'] === undefined) {
      throw new PiError('USAGE', 'There is no value to set.', {
        hints: ['Give it behind the key, or in a file with --value-file'],
      })
    }
    const value = args.value ?? (await readInputText(flags['value-file'])).replace(/\r?\n$/, '')
    const changed = await this.withApp(async (app) =>
      (await app.configObjects()).setSetting(args.key, {...flags, value}, {dryRun: flags['dry-run']}),
    )
    this.log(changed ? `${flags['dry-run'] ? 'Would set' : 'Set'} ${args.key}.` : `${args.key} has this value already.`)
    return {changed, key: args.key}
  }
}
