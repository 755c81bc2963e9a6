import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {resolverSettings, settingsOf} from '../../cli/flags/resolver-settings.js'
import {readInputText} from '../../cli/input-text.js'
import {unknownLines, writtenLine} from '../../cli/resolver-result.js'
import type {ResolverWritten} from '../../lib/services/resolvers/index.js'

export default class ResolverCreate extends AppCommand<typeof ResolverCreate> {
  static override summary = 'Create a resolver: a connection to a user store.'
  static override description = `Its settings come from a file (Python, JSON or YAML, as the original reads it or as resolver show prints it), from flags, or
from both: flags win. Passwords are stored encrypted. Settings that make no sense are refused; whether the store answers
is tried by resolver test.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> ldap1 ldapresolver ldap1.yaml', description: 'From a file'},
    {
      command: '<%= config.bin %> <%= command.id %> users passwdresolver --set fileName=/etc/privacyidea/users',
      description: 'From flags',
    },
    {
      command: '<%= config.bin %> <%= command.id %> hr sqlresolver hr.json --secret-file Password=/run/secrets/hr',
      description: 'The password apart',
    },
  ]
  static override args = {
    name: Args.string({description: 'name of the resolver', ignoreStdin: true, required: true}),
    type: Args.string({
      description: 'passwdresolver, sqlresolver, ldapresolver …',
      ignoreStdin: true,
      required: true,
    }),
    file: Args.string({description: 'file with the settings, - for standard input', ignoreStdin: true}),
  }
  static override flags = {
    ...resolverSettings,
    'dry-run': dryRun,
    update: Flags.boolean({description: 'change an existing resolver; settings not given stay'}),
  }

  async run(): Promise<ResolverWritten> {
    const {args, flags} = this
    const {settingsFromFile} = await import('../../lib/services/resolvers/file.js')
    const fromFile = args.file === undefined ? {} : await settingsFromFile(await readInputText(args.file))
    const written = await this.withApp(async (app) => {
      const resolvers = await app.resolvers()
      const settings = {...fromFile, ...settingsOf(flags, (key) => resolvers.isSecret(args.type, key))}
      return resolvers.save(
        args.name,
        {type: args.type, settings},
        {
          dryRun: flags['dry-run'],
          force: flags.force,
          references: !this.shim,
          // 3.8 overwrote existing ones.
          update: flags.update || this.shim,
        },
      )
    })
    if (this.shim) return written
    for (const line of unknownLines(written)) this.notice(line)
    this.log(writtenLine(written, {dryRun: flags['dry-run']}))
    return written
  }
}
