import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import type {RealmUse} from '../../lib/services/realms.js'

export default class RealmDelete extends AppCommand<typeof RealmDelete> {
  static override summary = 'Delete a realm.'
  static override description = `Tokens are taken out of the realm, its resolvers stay. Refused while tokens, containers or custom attributes belong to its
users; with --force their tokens are unassigned, as token unassign does. If one realm is left, it becomes the default.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> old --yes', description: 'Without asking'},
    {command: '<%= config.bin %> <%= command.id %> old --force --dry-run', description: 'How much would be lost'},
  ]
  static override args = {name: Args.string({description: 'name of the realm', ignoreStdin: true, required: true})}
  static override flags = {
    'dry-run': dryRun,
    force: Flags.boolean({
      aliases: ['delete-custom-attributes'],
      description: 'also while it is in use; unassigns the tokens of its users',
    }),
    yes,
  }

  async run(): Promise<{deleted: string} & RealmUse> {
    const {flags} = this
    const {name} = this.args
    if (!flags['dry-run']) await this.confirm(`Delete realm ${name}?`, flags.yes)
    const use = await this.withApp(async (app) =>
      (await app.realms()).delete(name, {
        dryRun: flags['dry-run'],
        // 3.8 left owners without realm behind.
        owners: this.shim ? 'keep' : flags.force ? 'unassign' : 'refuse',
      }),
    )
    if (!this.shim) {
      const {attributes, tokens} = use
      const more =
        tokens + attributes > 0 ? ` ${tokens} tokens lose their owner, ${attributes} attributes are lost.` : ''
      this.log(`${flags['dry-run'] ? 'Would delete' : 'Deleted'} realm ${name}.${more}`)
    }
    return {deleted: name, ...use}
  }
}
