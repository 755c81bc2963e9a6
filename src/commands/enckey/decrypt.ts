import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'

export default class EnckeyDecrypt extends AppCommand<typeof EnckeyDecrypt> {
  static override summary = 'Take the password off an encryption key file.'
  static override description =
    'Writes the 96 bytes of a key file that has a password to a new file (mode 0400), or to a pipe. The file itself stays ' +
    'as it is.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> enckey.enc -o enckey', description: 'Asks for the password'},
    {
      command: '<%= config.bin %> <%= command.id %> enckey.enc --password-file pw | sha256sum',
      description: 'Without a file',
    },
  ]
  static override args = {
    encfile: Args.string({description: 'the key file with a password', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    outfile: Flags.string({char: 'o', description: 'write to this new file (mode 0400)', helpValue: 'FILE'}),
  }

  async run(): Promise<{file: string | null}> {
    const {outfile} = this.flags
    if (outfile === undefined && (process.stdout.isTTY || this.jsonEnabled())) {
      throw new PiError('USAGE', 'The key is binary: name a file with --outfile, or pipe it.')
    }
    const keys = await this.withApp(async (app) => {
      const service = await app.enckey()
      const decrypted = await service.decrypt(this.args.encfile, () => readPassword(this.flags, 'Password'))
      if (outfile !== undefined) await service.writeKeyFile(outfile, decrypted)
      return decrypted
    })
    if (outfile === undefined) await new Promise<void>((done) => process.stdout.write(keys, () => done()))
    else this.log(`Key written to ${outfile} (mode 0400).`)
    keys.fill(0)
    return {file: outfile ?? null}
  }
}
