import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {resolverSettings, settingsOf} from '../../cli/flags/resolver-settings.js'
import {readInputText} from '../../cli/input-text.js'
import {unknownLines, writtenLine} from '../../cli/resolver-result.js'
import type {ResolverWritten} from '../../lib/services/resolvers/index.js'

export default class ResolverEdit extends AppCommand<typeof ResolverEdit> {
  static override summary = 'Change settings of a resolver and keep the others.'
  static override description =
    'Its type never changes. Running servers reload, and its entries in the user cache are deleted.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> ldap1 --set TIMEOUT=10 --unset CACERTIFICATE',
      description: 'One changed, one taken away',
    },
    {
      command: '<%= config.bin %> <%= command.id %> ldap1 --secret-file BINDPW=/run/secrets/ldap',
      description: 'Another password',
    },
  ]
  static override args = {name: Args.string({description: 'name of the resolver', ignoreStdin: true, required: true})}
  static override flags = {
    ...resolverSettings,
    'dry-run': dryRun,
    file: Flags.string({
      aliases: ['filename'],
      char: 'f',
      description: 'file with settings, - for standard input',
      helpValue: 'FILE',
    }),
    unset: Flags.string({
      description: 'setting to take away',
      helpValue: 'KEY',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<ResolverWritten> {
    const {flags} = this
    const {settingsFromFile} = await import('../../lib/services/resolvers/file.js')
    const fromFile = flags.file === undefined ? {} : await settingsFromFile(await readInputText(flags.file))
    const written = await this.withApp(async (app) => {
      const resolvers = await app.resolvers()
      const {type} = await resolvers.get(this.args.name)
      const set = {...fromFile, ...settingsOf(flags, (key) => resolvers.isSecret(type, key))}
      return resolvers.edit(
        this.args.name,
        {set, unset: flags.unset ?? []},
        {dryRun: flags['dry-run'], force: flags.force},
      )
    })
    for (const line of unknownLines(written)) this.notice(line)
    this.log(writtenLine(written, {dryRun: flags['dry-run']}))
    return written
  }
}
