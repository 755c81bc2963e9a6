import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EnckeyWrap extends AppCommand<typeof EnckeyWrap> {
  static override summary = 'Encrypt the encryption key to PGP recipients.'
  static override description =
    'Writes an armoured message that only the recipients can open, with "enckey unwrap" or with gpg. Several recipients ' +
    'can each open it alone.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --recipient alice.asc > enckey.asc',
      description: 'For one recipient',
    },
  ]
  static override flags = {
    recipient: Flags.string({
      description: 'file with a public key; can be repeated',
      helpValue: 'FILE',
      multiple: true,
      required: true,
    }),
  }

  async run(): Promise<{message: string}> {
    const message = await this.withApp(async (app) => (await app.keyCopies()).wrap(this.flags.recipient))
    this.log(message.trimEnd())
    return {message}
  }
}
