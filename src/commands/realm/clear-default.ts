import {AppCommand} from '../../cli/app-command.js'

export default class RealmClearDefault extends AppCommand<typeof RealmClearDefault> {
  static override summary = 'Leave no realm the default: users must name theirs.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'No default realm'}]

  async run(): Promise<{cleared: string | null}> {
    const cleared = await this.withApp(async (app) => (await app.realms()).clearDefault())
    if (!this.shim) this.log(cleared ? `Realm ${cleared} is the default no more.` : 'There is no default realm.')
    return {cleared: cleared ?? null}
  }
}
