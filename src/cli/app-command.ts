import {Command, Flags, type Interfaces} from '@oclif/core'
import {openApp, type App} from '../app.js'
import {PiError} from '../lib/errors.js'
import {exitCodes} from './exit-codes.js'
import {asPiError, errorDocument, failureText, traceOf, type ErrorDocument} from './failure.js'
import {guardInterrupts, type InterruptGuard} from './interrupt.js'
import type {AuditFacts} from './audit/command-entry.js'
import type {Column} from './render/table.js'

type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof AppCommand)['baseFlags'] & T['flags']>
type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>

/**
 * What every command shares: parsing once, the application behind `withApp`, confirmation, output, and the one way in
 * which a failure becomes a message on stderr and an exit status.
 */
export abstract class AppCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true

  /** False for commands whose changes are told in the audit log in another way, as the logins that a server checks. */
  static audited = true

  static override baseFlags = {
    config: Flags.string({
      aliases: ['pi-config'],
      char: 'C',
      description: "configuration file of the installation (default: the originals' places)",
      env: 'PI_MANAGE_CONFIG',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    'db-uri': Flags.string({
      description: 'database to use instead of the configured one',
      env: 'PI_MANAGE_DB_URI',
      helpGroup: 'GLOBAL',
      helpValue: 'URI',
    }),
    enckey: Flags.string({
      description: 'key file to use instead of the configured one',
      env: 'PI_MANAGE_ENCKEY',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    'enckey-password-file': Flags.string({
      description: 'file with the password of an encrypted key file',
      env: 'PI_MANAGE_ENCKEY_PASSWORD_FILE',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    'no-color': Flags.boolean({description: 'no colours, like NO_COLOR in the environment', helpGroup: 'GLOBAL'}),
    quiet: Flags.boolean({char: 'q', description: 'no progress and no notices', helpGroup: 'GLOBAL'}),
  }

  protected flags!: FlagsOf<T>
  protected args!: ArgsOf<T>
  #interrupts: InterruptGuard | undefined
  #auditFacts: AuditFacts | undefined

  override async init(): Promise<void> {
    await super.init()
    this.#interrupts = guardInterrupts()
    const {args, flags} = await this.parse({
      flags: this.ctor.flags,
      baseFlags: (super.ctor as typeof AppCommand).baseFlags,
      enableJsonFlag: this.ctor.enableJsonFlag,
      args: this.ctor.args,
      strict: this.ctor.strict,
    })
    this.flags = flags as FlagsOf<T>
    this.args = args as ArgsOf<T>
    if ((flags as {'no-color'?: boolean})['no-color']) process.env['NO_COLOR'] = '1'
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#interrupts?.release()
    await super.finally(error)
  }

  /** Under an old program name or spelling: the original's output byte for byte, and no questions (spec/03-cli.md §E). */
  protected get shim(): boolean {
    return process.env['PI_MANAGE_SHIM'] === '1'
  }

  /** Aborted by the first SIGINT. A command that asks for it ends by itself, in good order; others end at once. */
  protected get interruption(): AbortSignal {
    this.#interrupts ??= guardInterrupts()
    return this.#interrupts.signal()
  }

  /**
   * What the audit row of this command is to tell besides its name and arguments; never a secret. A command that changes
   * the main database gets its row without asking; one that changes files only gets it by calling this.
   */
  protected tellAudit(facts: AuditFacts): void {
    this.#auditFacts = {...this.#auditFacts, ...facts}
  }

  /**
   * Opens the application, runs `use` and closes everything again. Nothing is opened before `use` asks for it. When
   * something was changed, also by a command that failed then, an audit row tells of it.
   */
  protected async withApp<R>(use: (app: App) => Promise<R>): Promise<R> {
    const app = await openApp({
      configFile: this.configFile(),
      databaseUri: this.#textFlag('db-uri'),
      enckeyFile: this.#textFlag('enckey'),
      enckeyPasswordFile: this.#textFlag('enckey-password-file'),
      askEnckeyPassword: () => this.askEnckeyPassword(),
      env: process.env,
      warn: (message) => this.notice(message),
    })
    let success = false
    try {
      const result = await use(app)
      success = true
      return result
    } finally {
      await this.#audit(app, success)
      await app.close()
    }
  }

  async #audit({changed, audit}: App, success: boolean): Promise<void> {
    const facts = this.#auditFacts
    this.#auditFacts = undefined
    if (!(this.ctor as typeof AppCommand).audited || changed.audited || (changed.tables.size === 0 && !facts)) return
    const {auditEntry} = await import('./audit/command-entry.js')
    await audit({...auditEntry(this.id ?? '', this.args, changed.tables), ...facts, success})
  }

  /** Asked when the key file is encrypted and no password was given. */
  protected async askEnckeyPassword(): Promise<string> {
    if (!process.stdin.isTTY) {
      throw new PiError(
        'UNAVAILABLE',
        'hsm not ready! The encryption key needs a password, and there is no terminal.',
        {
          hints: ['Give it with --enckey-password-file FILE'],
        },
      )
    }
    const {askPassword} = await import('./prompt.js')
    return askPassword('Password of the encryption key')
  }

  /** The configuration file named; to be overridden where `--config` means something else (`audit rotate`). */
  protected configFile(): string | undefined {
    return this.#textFlag('config')
  }

  /** Undefined also where a command uses the name for a flag of another type (`backup create --enckey`). */
  #textFlag(name: string): string | undefined {
    const value = (this.flags as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  }

  /** A notice on stderr; silent with --quiet. */
  protected notice(message: string): void {
    if ((this.flags as Record<string, unknown> | undefined)?.['quiet']) return
    process.stderr.write(`${message}\n`)
  }

  /**
   * Shows rows in the form of `--output-format` (flag group `output`); a command without that flag shows a table.
   * Silent with --json, where the object that `run()` returns is the output.
   */
  protected async showRows<R>(rows: readonly R[], columns: readonly Column<R>[]): Promise<void> {
    if (this.jsonEnabled()) return
    const format = (this.flags as Record<string, unknown>)['output-format'] ?? 'table'
    if (format === 'csv') {
      const {csvOf} = await import('./render/csv.js')
      process.stdout.write(csvOf(rows, columns))
    } else if (format === 'yaml') {
      const {yamlOf} = await import('./render/yaml.js')
      process.stdout.write(yamlOf(rows, columns))
    } else {
      const {tableOf} = await import('./render/table.js')
      process.stdout.write(tableOf(rows, columns, {fancy: process.stdout.isTTY && !this.shim}))
    }
  }

  /**
   * Asks on a terminal before something is destroyed.
   * @throws PiError USAGE when nobody can be asked, INTERRUPTED when the answer is no
   */
  protected async confirm(question: string, yes: boolean): Promise<void> {
    if (yes || this.shim) return
    if (!process.stdin.isTTY) {
      throw new PiError('USAGE', 'This needs a confirmation, and there is no terminal to ask on.', {
        hints: ['Add --yes'],
      })
    }
    const {askConfirmation} = await import('./prompt.js')
    if (!(await askConfirmation(question))) throw new PiError('INTERRUPTED', 'Nothing was changed.')
  }

  /** `--output-format json` is another way of saying `--json`. */
  override jsonEnabled(): boolean {
    if (super.jsonEnabled()) return true
    const end = this.argv.indexOf('--')
    const own = end < 0 ? this.argv : this.argv.slice(0, end)
    return (
      this.ctor.enableJsonFlag &&
      own.some((word, at) => word === '--output-format=json' || (word === 'json' && own[at - 1] === '--output-format'))
    )
  }

  protected override logJson(document: unknown): void {
    process.stdout.write(
      `${JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value), 2)}\n`,
    )
  }

  protected override async catch(error: Error): Promise<void> {
    const failure = asPiError(error)
    if (!failure) throw error
    if (this.jsonEnabled()) this.logJson(errorDocument(failure))
    else process.stderr.write(`${failureText(failure)}\n`)
    if (process.env['DEBUG']) process.stderr.write(`${traceOf(error)}\n`)
    process.exitCode = exitCodes[failure.code]
  }

  protected override toErrorJson(error: unknown): ErrorDocument {
    return errorDocument(asPiError(error) ?? new PiError('INTERNAL', String(error)))
  }
}
