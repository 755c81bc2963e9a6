import {Args, Flags} from '@oclif/core'
import {stat} from 'node:fs/promises'
import {AppCommand} from '../../../cli/app-command.js'
import {password} from '../../../cli/flags/secret.js'
import {readPassword} from '../../../cli/secret-input.js'
import {alreadyExists} from '../../../lib/errors.js'
import {writeNewFile} from '../../../lib/files/durable.js'

export default class TokenCertificateExport extends AppCommand<typeof TokenCertificateExport> {
  static override summary = 'Write key and certificate of a token into a PKCS#12 file.'
  static override description =
    'The file is encrypted (AES-256, PBKDF2) with the PIN of the token (--use-pin), or with a password from a file or a ' +
    'prompt. It also has the certificates of the CA. Only keys that were made here can be written.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> CRT0001A2B3 -o alice.p12', description: 'Asks for a password'},
    {command: '<%= config.bin %> <%= command.id %> CRT0001A2B3 -o alice.p12 --use-pin', description: 'With the PIN'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...password,
    out: Flags.string({char: 'o', description: 'file to be written, mode 0600', helpValue: 'FILE', required: true}),
    'use-pin': Flags.boolean({
      description: 'the password is the PIN of the token',
      exclusive: ['password-fd', 'password-file', 'password-stdin'],
    }),
  }

  async run(): Promise<{serial: string; file: string}> {
    const {out} = this.flags
    const exists = await stat(out).then(
      () => true,
      () => false,
    )
    if (exists) throw alreadyExists('file', out)
    const chosen = this.flags['use-pin']
      ? undefined
      : await readPassword(this.flags, 'Password of the PKCS#12 file', {twice: true})
    await this.withApp(async (app) => {
      const file = await (await app.certificateTokens()).pkcs12(this.args.serial, chosen)
      await writeNewFile(out, file, {mode: 0o600})
      await app.audit({action: 'CLI token certificate export', info: 'PKCS#12', serial: this.args.serial})
    })
    this.log(`Wrote ${out}.`)
    return {serial: this.args.serial, file: out}
  }
}
