import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {askPassword} from '../../cli/prompt.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'
import {userLine, type LineFormat} from '../../lib/services/accounts/passwd-line.js'

export default class UserPasswdLine extends AppCommand<typeof UserPasswdLine> {
  static override summary = 'Print a user with a hashed password, for a passwd file or an SQL table.'
  static override description = `passwd: a line for the file of a passwd resolver. sql: a row for the table of an SQL resolver. ssha: only the hash, for LDAP. The
hash is sha512-crypt (passwd) or salted SHA-256 (sql); DES, which the original used for sql, only with --des.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -u user2 -i 1002', description: 'Asks for the password'},
    {
      command: '<%= config.bin %> <%= command.id %> -u user2 --format sql --password-stdin < pw',
      description: 'For an SQL table',
    },
    {command: '<%= config.bin %> <%= command.id %> --format ssha', description: 'A password for LDAP'},
  ]
  static override flags = {
    ...password,
    description: Flags.string({char: 'd', default: '', description: 'text for people', helpValue: 'TEXT'}),
    des: Flags.boolean({description: 'hash with DES, which is easily broken'}),
    format: Flags.option({
      options: ['passwd', 'sql', 'ssha'] as const,
      default: 'passwd' as const,
      description: 'form of the line',
    })(),
    password: Flags.string({
      char: 'p',
      description: 'the password, visible to others (as the originals)',
      hidden: true,
    }),
    uid: Flags.string({char: 'i', description: 'id of the user (passwd)', helpValue: 'ID'}),
    user: Flags.string({char: 'u', description: 'login of the user', helpValue: 'LOGIN'}),
  }

  async run(): Promise<{line: string}> {
    const {flags} = this
    const {format, uid, user} = flags
    if (format !== 'ssha' && user === undefined) throw new PiError('USAGE', 'Give the login of the user with --user.')
    if (format === 'passwd' && uid === undefined) throw new PiError('USAGE', 'Give the id of the user with --uid.')
    const line = await userLine({
      format: format as LineFormat,
      login: user ?? '',
      userId: uid ?? '',
      description: flags.description,
      password: await this.#password(),
      des: flags.des || (this.shim && format === 'sql'),
    })
    this.log(line)
    return {line}
  }

  async #password(): Promise<string> {
    const {flags} = this
    if (flags.password !== undefined) {
      this.notice('A password on the command line can be read by others; --password-file is safer.')
      return flags.password
    }
    if (this.shim && process.stdin.isTTY) return askPassword('Please enter a password')
    return readPassword(flags, 'Please enter a password', {twice: true})
  }
}
