import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {clearLoginCache} from '../../lib/services/caches.js'

export default class AuthcacheClear extends AppCommand<typeof AuthcacheClear> {
  static override summary = 'Delete entries of the authentication cache: passwords count no longer.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --user alice --realm corp --yes', description: 'Those of a user'},
  ]
  static override flags = {
    realm: Flags.string({description: 'only this realm', helpValue: 'REALM'}),
    resolver: Flags.string({description: 'only this resolver', helpValue: 'NAME'}),
    user: Flags.string({description: 'only this login', helpValue: 'LOGIN'}),
    yes,
  }

  async run(): Promise<{deleted: number}> {
    const {realm, resolver, user: username} = this.flags
    await this.confirm('Delete entries of the authentication cache?', this.flags.yes)
    const deleted = await this.withApp(async (app) =>
      clearLoginCache(await app.database(), {realm, resolver, username}),
    )
    this.log(`Deleted ${deleted} entries.`)
    return {deleted}
  }
}
