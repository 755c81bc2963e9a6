import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import type {ResolverSummary} from '../../lib/services/resolvers/index.js'

export default class ResolverShow extends AppCommand<typeof ResolverShow> {
  static override summary = 'Show a resolver with all its settings.'
  static override description =
    'Secrets are shown as __CENSORED__ without --show-secrets. What is shown can be read back by resolver create.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> ldap1', description: 'As YAML'},
    {command: '<%= config.bin %> <%= command.id %> ldap1 --show-secrets --json', description: 'With passwords'},
  ]
  static override args = {name: Args.string({description: 'name of the resolver', ignoreStdin: true, required: true})}
  static override flags = {
    'show-secrets': Flags.boolean({aliases: ['print-passwords'], description: 'show passwords in clear'}),
  }

  async run(): Promise<ResolverSummary> {
    const secrets = this.flags['show-secrets'] ? 'clear' : 'masked'
    const found = await this.withApp(async (app) => (await app.resolvers()).get(this.args.name, {secrets}))
    if (!this.jsonEnabled()) {
      const {stringify} = await import('yaml')
      this.log(stringify(found).trimEnd())
    }
    return found
  }
}
