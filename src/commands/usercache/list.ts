import {Flags} from '@oclif/core'
import {streamOutput} from '../../cli/flags/stream-output.js'
import {StreamCommand} from '../../cli/stream-rows.js'
import {cachedUsers} from '../../lib/services/caches.js'

export default class UsercacheList extends StreamCommand<typeof UsercacheList> {
  static override summary = 'List the entries of the user cache.'
  static override description =
    'Answers of user stores that servers use again until UserCacheExpiration seconds have gone.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --resolver ldap1', description: 'Those of one resolver'},
  ]
  static override flags = {
    ...streamOutput,
    resolver: Flags.string({description: 'only this resolver', helpValue: 'NAME'}),
    user: Flags.string({description: 'only this login', helpValue: 'LOGIN'}),
  }

  async run(): Promise<void> {
    const {resolver, user: username} = this.flags
    await this.withApp(async (app) =>
      this.streamRows(cachedUsers(await app.database(), {resolver, username}), 'entries', [
        {header: 'id', get: ({id}) => id, align: 'right'},
        {header: 'username', get: (entry) => entry.username},
        {header: 'usedLogin', get: ({usedLogin}) => usedLogin},
        {header: 'resolver', get: (entry) => entry.resolver},
        {header: 'userId', get: ({userId}) => userId},
        {header: 'time', get: ({time}) => time},
      ]),
    )
  }
}
