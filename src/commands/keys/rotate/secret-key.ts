import {AppCommand} from '../../../cli/app-command.js'
import {yes} from '../../../cli/flags/confirm.js'

export default class KeysRotateSecretKey extends AppCommand<typeof KeysRotateSecretKey> {
  static override summary = 'Put a new SECRET_KEY into the configuration file.'
  static override description =
    'Signs out everybody and makes every API token worthless: make new ones with "api create-token" and restart the ' +
    'servers. The old line stays in the file as a comment.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %> --yes', description: 'After a leak'}]
  static override flags = {yes}

  async run(): Promise<{file: string}> {
    await this.confirm('Make all API tokens and sessions worthless?', this.flags.yes)
    const result = await this.withApp(async (app) => {
      const rotated = await (await app.siteKeys()).rotateSecretKey()
      await app.audit({action: 'CLI keys rotate secret-key', info: ''})
      return rotated
    })
    this.log(`New SECRET_KEY in ${result.file}.`)
    this.notice('Restart the servers, and make new API tokens with pi-manage api create-token.')
    return result
  }
}
