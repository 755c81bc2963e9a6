import {Flags} from '@oclif/core'
import {streamOutput} from '../../cli/flags/stream-output.js'
import {StreamCommand} from '../../cli/stream-rows.js'
import {cachedLogins} from '../../lib/services/caches.js'

export default class AuthcacheList extends StreamCommand<typeof AuthcacheList> {
  static override summary = 'List the entries of the authentication cache, without their hashes.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --realm corp', description: 'Those of one realm'},
  ]
  static override flags = {
    ...streamOutput,
    realm: Flags.string({description: 'only this realm', helpValue: 'REALM'}),
    resolver: Flags.string({description: 'only this resolver', helpValue: 'NAME'}),
    user: Flags.string({description: 'only this login', helpValue: 'LOGIN'}),
  }

  async run(): Promise<void> {
    const {realm, resolver, user: username} = this.flags
    await this.withApp(async (app) =>
      this.streamRows(cachedLogins(await app.database(), {realm, resolver, username}), 'entries', [
        {header: 'id', get: ({id}) => id, align: 'right'},
        {header: 'username', get: (entry) => entry.username},
        {header: 'realm', get: (entry) => entry.realm},
        {header: 'resolver', get: (entry) => entry.resolver},
        {header: 'firstAuth', get: ({firstAuth}) => firstAuth},
        {header: 'lastAuth', get: ({lastAuth}) => lastAuth},
        {header: 'count', get: ({count}) => count, align: 'right'},
      ]),
    )
  }
}
