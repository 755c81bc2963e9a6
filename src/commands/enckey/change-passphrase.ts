import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'

export default class EnckeyChangePassphrase extends AppCommand<typeof EnckeyChangePassphrase> {
  static override summary = 'Give the key file another password, a first one, or none.'
  static override description =
    'The keys stay the same, so the database needs no change. The file is replaced in one step. The present password is ' +
    'asked for or read with --enckey-password-file, the new one with --password-file. Copies of the file keep their old ' +
    'password: after a leak rotate the keys instead.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Asks for both passwords'},
    {
      command: '<%= config.bin %> <%= command.id %> --remove --enckey-password-file old.txt',
      description: 'Leave the file without password',
    },
  ]
  static override flags = {
    ...password,
    remove: Flags.boolean({description: 'write the file without password', exclusive: Object.keys(password)}),
  }

  async run(): Promise<{file: string; encrypted: boolean}> {
    const {flags} = this
    return this.withApp(async (app) => {
      const file = (await app.settings()).path('PI_ENCFILE')
      if (file === undefined) throw new PiError('CONFIG', 'There is no PI_ENCFILE in the configuration.')
      // Opened first, so that a wrong present password is told before the new one is asked for.
      await app.security()
      const secret = flags.remove ? undefined : await readPassword(flags, 'New password', {twice: true})
      await (await app.keyCopies()).changePassphrase(file, secret)
      this.log(secret === undefined ? `${file} has no password now.` : `Changed the password of ${file}.`)
      return {file, encrypted: secret !== undefined}
    })
  }
}
