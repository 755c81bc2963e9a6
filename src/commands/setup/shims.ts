import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {changeShims, shimNames, type ShimOutcome} from '../../cli/shims.js'

export default class SetupShims extends AppCommand<typeof SetupShims> {
  static override summary = "Install the old programs' names."
  static override description =
    'Makes links named as the programs of privacyIDEA and eduMFA (privacyidea-token-janitor, edumfa-manage, …) in a ' +
    'folder of the search path, so that existing scripts and cron jobs find this tool. Files that are there are never ' +
    'replaced: on a machine with a server, choose a folder of your own.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> /usr/local/bin', description: 'All old names'},
    {
      command: '<%= config.bin %> <%= command.id %> ~/bin --only privacyidea-token-janitor --only privacyidea-cron',
      description: 'Two of them',
    },
    {command: '<%= config.bin %> <%= command.id %> /usr/local/bin --remove', description: 'Take them away again'},
  ]
  static override args = {
    directory: Args.directory({description: 'folder for the links', exists: true, ignoreStdin: true, required: true}),
  }
  static override flags = {
    only: Flags.string({
      description: 'this name only',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
      options: shimNames(),
    }),
    remove: Flags.boolean({description: 'remove the links that lead to this tool'}),
  }

  async run(): Promise<{shims: ShimOutcome[]}> {
    const {only, remove} = this.flags
    const shims = await changeShims(this.config.root, this.args.directory, only ?? shimNames(), remove)
    for (const {name, outcome} of shims) this.log(`${name}: ${outcome}`)
    if (shims.some(({outcome}) => outcome === 'taken')) process.exitCode = exitCodes.PARTIAL
    return {shims}
  }
}
