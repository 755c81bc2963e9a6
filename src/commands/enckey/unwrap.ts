import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'

export default class EnckeyUnwrap extends AppCommand<typeof EnckeyUnwrap> {
  static override summary = 'Make a key file from a message to a PGP recipient.'
  static override description =
    'Opens what "enckey wrap" (or gpg) encrypted and writes the key file (mode 0400), which must not exist yet. The ' +
    'passphrase is that of the PGP key, and asked for only when it has one.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> enckey.asc --key alice-secret.asc -o enckey',
      description: 'Asks for the passphrase',
    },
  ]
  static override args = {
    message: Args.string({description: 'the encrypted message', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    key: Flags.string({description: 'file with the secret PGP key', helpValue: 'FILE', required: true}),
    outfile: Flags.string({char: 'o', description: 'key file to be made', helpValue: 'FILE', required: true}),
  }

  async run(): Promise<{file: string}> {
    const {flags} = this
    await this.withApp(async (app) =>
      (await app.keyCopies()).unwrap(
        this.args.message,
        flags.key,
        () => readPassword(flags, 'Passphrase of the PGP key'),
        flags.outfile,
      ),
    )
    this.log(`Key written to ${flags.outfile} (mode 0400).`)
    return {file: flags.outfile}
  }
}
