import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {password} from '../../cli/flags/secret.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'
import type {MadeInstance} from '../../lib/services/instance/index.js'

export default class SetupInit extends AppCommand<typeof SetupInit> {
  static override aliases = ['setup:instance']
  static override summary = 'Make a whole new installation in a folder.'
  static override description =
    'Makes the configuration file with random secrets (mode 0600), the encryption key (0400), the audit keys, the ' +
    'database with all tables, and the first administrator. What is there already is left as it is, so a run that was ' +
    'cut off is completed by repeating it. The database is SQLite in the folder unless --db-uri names another; it must exist.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> /etc/privacyidea --admin alice --password-file alice.pw',
      description: 'On SQLite, with an administrator',
    },
    {
      command: '<%= config.bin %> <%= command.id %> ./demo --db-uri postgresql://pi:secret@localhost/pi --no-admin',
      description: 'On PostgreSQL, without an administrator',
    },
  ]
  static override args = {
    directory: Args.string({
      description: 'folder of the installation, made if it is missing',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override flags = {
    ...password,
    admin: Flags.string({
      default: 'admin',
      description: 'name of the first administrator; --no-admin for none',
      helpValue: 'NAME',
    }),
    email: Flags.string({description: 'e-mail address of the administrator', helpValue: 'ADDRESS'}),
    'no-admin': Flags.boolean({description: 'make no administrator', exclusive: ['email']}),
    product: Flags.option({
      options: ['privacyidea', 'edumfa'] as const,
      default: 'privacyidea' as const,
      description: 'product whose installation this is',
    })(),
    release: Flags.string({
      description: 'release whose tables are made, as db heads lists them (default: 3.8, or the newest of eduMFA)',
      helpValue: 'VERSION',
    }),
  }

  async run(): Promise<MadeInstance> {
    const {flags} = this
    const {InstanceService} = await import('../../lib/services/instance/index.js')
    const service = new InstanceService({
      onStep: (text) => this.notice(`- ${text}`),
      warn: (message) => this.notice(message),
    })
    const made = await service.init({
      admin: await this.#admin(),
      databaseUri: flags['db-uri'],
      directory: this.args.directory,
      product: flags.product,
      release: flags.release,
    })
    this.log(`${made.made.length > 0 ? `Made: ${made.made.join(', ')}.` : 'Everything was there already.'}`)
    if (made.kept.length > 0 && made.made.length > 0) this.log(`Left as it was: ${made.kept.join(', ')}.`)
    this.log(`Use it with --config ${made.config}`)
    if (made.administrators === 0)
      this.notice(`There is no administrator yet: pi-manage admin add NAME --config ${made.config}`)
    return made
  }

  /** Asked for before anything is made, so that a wrong call changes nothing. */
  async #admin() {
    const {flags} = this
    const given = flags['password-file'] !== undefined || flags['password-fd'] !== undefined || flags['password-stdin']
    const named = this.argv.some((word) => word === '--admin' || word.startsWith('--admin='))
    if (flags['no-admin']) {
      if (named || given) throw new PiError('USAGE', '--no-admin does not go with --admin or a password.')
      return undefined
    }
    if (!given && !named && !process.stdin.isTTY) return undefined
    const secret = given ? await readPassword(flags, 'Password of the administrator') : undefined
    if (secret === undefined && !process.stdin.isTTY) {
      throw new PiError('USAGE', 'The administrator needs a password, and there is no terminal to ask on.', {
        hints: ['Add --password-file FILE or --password-stdin'],
      })
    }
    return {
      email: flags.email,
      password: async () =>
        secret ?? readPassword(flags, `Password of the administrator ${flags.admin}`, {twice: true}),
      username: flags.admin,
    }
  }
}
