import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'

export default class EnckeyEncrypt extends AppCommand<typeof EnckeyEncrypt> {
  static override summary = 'Protect an encryption key file with a password.'
  static override description =
    'Prints the content of the key file encrypted with a password, or writes it to another file (mode 0400). The key ' +
    'file itself stays as it is: put the result in its place. A server started with it waits for the password, and this ' +
    'tool asks for it (--enckey-password-file). The form of the originals has no salt and one round of SHA-256: choose a ' +
    'long random password.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> /etc/privacyidea/enckey -o /etc/privacyidea/enckey.enc',
      description: 'Asks for the password twice',
    },
    {
      command: '<%= config.bin %> <%= command.id %> enckey --password-file pw > enckey.enc',
      description: 'For scripts',
    },
  ]
  static override args = {
    encfile: Args.string({description: 'the key file, 96 bytes', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    outfile: Flags.string({char: 'o', description: 'write to this new file (mode 0400)', helpValue: 'FILE'}),
    password: Flags.string({description: 'the password, visible to others (as the originals)', hidden: true}),
  }

  async run(): Promise<{file: string | null; enckey?: string}> {
    const {flags} = this
    const outfile = flags.outfile
    const secret = await this.#password()
    const text = await this.withApp(async (app) => {
      const service = await app.enckey()
      const encrypted = await service.encrypt(this.args.encfile, secret)
      if (outfile !== undefined) await service.writeKeyFile(outfile, `${encrypted}\n`)
      return encrypted
    })
    if (outfile === undefined) {
      this.log(text)
      return {file: null, enckey: text}
    }
    this.log(`Encrypted key written to ${outfile} (mode 0400).`)
    return {file: outfile}
  }

  async #password(): Promise<string> {
    const {flags} = this
    if (flags.password === undefined) return readPassword(flags, 'Password', {twice: true})
    this.notice('A password on the command line can be read by others; --password-file is safer.')
    return flags.password
  }
}
