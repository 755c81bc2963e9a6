import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readSecretFile} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'

interface Answer {
  result: {status: boolean; value?: unknown; authentication?: string; error?: {code: number; message: string}}
  detail?: Record<string, unknown> | null
}

export default class ValidateCheck extends AppCommand<typeof ValidateCheck> {
  static override audited = false
  static override summary = 'Check the password of a user, as a login does.'
  static override description =
    'A real login: counters move, an OTP is used up, policies apply and the audit has a row. With --no-update nothing is ' +
    'stored. Exit status 0: authenticated; 1: not.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice - < password.txt', description: 'PIN and OTP from a file'},
    {
      command: '<%= config.bin %> <%= command.id %> --serial OATH0001 --password-file f --json',
      description: 'One token',
    },
  ]
  static override args = {
    user: Args.string({description: 'login, optionally with @realm', ignoreStdin: true}),
    password: Args.string({
      description: 'PIN and OTP; - reads the standard input (other processes can see what is written here)',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    'no-update': Flags.boolean({description: 'decide only: nothing is stored, and no message is sent'}),
    'password-file': Flags.string({
      description: 'read the password from the first line of this file; - is the standard input',
      helpValue: 'FILE',
    }),
    realm: Flags.string({char: 'r', description: 'realm of the user (default: the default realm)'}),
    serial: Flags.string({description: 'check this token instead of those of a user'}),
    'transaction-id': Flags.string({description: 'the password answers this challenge', helpValue: 'ID'}),
  }

  async run(): Promise<Answer> {
    const {serial, realm, 'transaction-id': transactionId, 'no-update': dryRun} = this.flags
    const {user} = this.args
    if (user === undefined && serial === undefined) throw new PiError('USAGE', 'Name a user or a token (--serial).')
    const parameters = new Map<string, unknown>([['pass', await this.#password()]])
    for (const [name, value] of Object.entries({user, serial, realm, transaction_id: transactionId})) {
      if (value !== undefined) parameters.set(name, value)
    }
    const answer = await this.withApp(async (app) => {
      const [{validateCheck}, {libraryCheck}, validation] = await Promise.all([
        import('../../lib/services/validate/endpoints/check.js'),
        import('../../lib/services/validate/endpoints/library-check.js'),
        app.validation({warn: (message) => this.notice(message)}),
      ])
      const response = await validation.api.handle(this.shim ? libraryCheck : validateCheck, {
        method: 'POST',
        route: '/validate/check',
        path: '/validate/check',
        query: '',
        parameters,
        headers: {'user-agent': 'pi-manage'},
        remoteAddress: '127.0.0.1',
        now: Date.now(),
        dryRun,
      })
      if (!('document' in response)) throw new PiError('INTERNAL', 'The check gave no document.')
      return response.document as unknown as Answer
    })
    if (this.shim) await this.#showOld(answer)
    else this.#show(answer)
    return answer
  }

  async #password(): Promise<string> {
    const given = this.args.password
    const file = this.flags['password-file']
    if (given !== undefined && file !== undefined) throw new PiError('USAGE', 'Give the password in one way only.')
    if (file !== undefined) return readSecretFile(file)
    if (given === '-') return readSecretFile('-')
    if (given !== undefined) return given
    const {askPassword} = await import('../../cli/prompt.js')
    return askPassword('PIN and OTP')
  }

  async #showOld(answer: Answer): Promise<void> {
    const {validateLines} = await import('../../cli/compat/legacy-texts.js')
    for (const line of validateLines(answer)) this.log(line)
    if (answer.result.value !== true) process.exitCode = 1
  }

  #show({result, detail}: Answer): void {
    if (result.value !== true) process.exitCode = 1
    if (result.error) throw new PiError('REFUSED', result.error.message)
    const message = typeof detail?.['message'] === 'string' ? ` (${detail['message']})` : ''
    const verdict =
      {ACCEPT: 'Authenticated', CHALLENGE: 'Challenged'}[result.authentication ?? ''] ?? 'Not authenticated'
    this.log(`${verdict}${message}.`)
    const transaction = detail?.['transaction_id']
    if (typeof transaction === 'string') this.log(`Answer with --transaction-id ${transaction}`)
  }
}
