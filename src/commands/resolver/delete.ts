import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import type {ResolverUse} from '../../lib/services/resolvers/index.js'

export default class ResolverDelete extends AppCommand<typeof ResolverDelete> {
  static override summary = 'Delete a resolver with its settings.'
  static override description = `The user store itself is not touched. Refused while the resolver is in a realm, or tokens belong to its users; --force takes it
out of its realms and leaves such tokens with owners whom nobody can find.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> old --yes', description: 'Without asking'},
    {command: '<%= config.bin %> <%= command.id %> old --force --dry-run', description: 'What it is used for'},
  ]
  static override args = {name: Args.string({description: 'name of the resolver', ignoreStdin: true, required: true})}
  static override flags = {
    'dry-run': dryRun,
    force: Flags.boolean({description: 'also while it is in use'}),
    yes,
  }

  async run(): Promise<{deleted: string} & ResolverUse> {
    const {flags} = this
    const {name} = this.args
    if (!flags['dry-run']) await this.confirm(`Delete resolver ${name}?`, flags.yes)
    const use = await this.withApp(async (app) =>
      (await app.resolvers()).delete(name, {dryRun: flags['dry-run'], force: flags.force}),
    )
    for (const realm of use.realms) this.log(`${flags['dry-run'] ? 'Would take' : 'Took'} it out of realm ${realm}.`)
    if (use.tokens > 0) this.notice(`${use.tokens} tokens have owners whom nobody can find now.`)
    this.log(`${flags['dry-run'] ? 'Would delete' : 'Deleted'} resolver ${name}.`)
    return {deleted: name, ...use}
  }
}
