import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {clearUserCache} from '../../lib/services/caches.js'

export default class UsercacheClear extends AppCommand<typeof UsercacheClear> {
  static override summary = 'Delete entries of the user cache, also those that still count.'
  static override description = 'Servers ask the user stores again.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --yes', description: 'All of them'},
    {command: '<%= config.bin %> <%= command.id %> --user alice --yes', description: 'Those of one login'},
  ]
  static override flags = {
    resolver: Flags.string({description: 'only this resolver', helpValue: 'NAME'}),
    user: Flags.string({description: 'only this login', helpValue: 'LOGIN'}),
    yes,
  }

  async run(): Promise<{deleted: number}> {
    const {resolver, user: username} = this.flags
    await this.confirm('Delete entries of the user cache?', this.flags.yes)
    const deleted = await this.withApp(async (app) => clearUserCache(await app.database(), {resolver, username}))
    this.log(`Deleted ${deleted} entries.`)
    return {deleted}
  }
}
