import {Command, Errors, Flags, type Interfaces} from '@oclif/core'
import {openApp, type App} from '../app.js'
import {PiError, type ErrorCode} from '../lib/errors.js'
import {exitCodes} from './exit-codes.js'

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof AppCommand)['baseFlags'] & T['flags']>
export type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>

/** The `--json` document of a failure. */
export interface ErrorDocument {
  error: {code: ErrorCode; message: string; hints: readonly string[]}
}

/**
 * What every command shares: parsing once, the application behind `withApp`, confirmation, and the one way in which a
 * failure becomes a message on stderr and an exit status.
 */
export abstract class AppCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true

  static override baseFlags = {
    config: Flags.string({
      aliases: ['pi-config'],
      char: 'C',
      description: "configuration file of the installation (default: the originals' places)",
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    'db-uri': Flags.string({description: 'database to use instead of the configured one', helpGroup: 'GLOBAL', helpValue: 'URI'}),
    enckey: Flags.string({description: 'key file to use instead of the configured one', helpGroup: 'GLOBAL', helpValue: 'FILE'}),
    'enckey-password-file': Flags.string({
      description: 'file with the password of an encrypted key file',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    quiet: Flags.boolean({char: 'q', description: 'no progress and no notices', helpGroup: 'GLOBAL'}),
  }

  protected flags!: FlagsOf<T>
  protected args!: ArgsOf<T>

  override async init(): Promise<void> {
    await super.init()
    const {args, flags} = await this.parse({
      flags: this.ctor.flags,
      baseFlags: (super.ctor as typeof AppCommand).baseFlags,
      enableJsonFlag: this.ctor.enableJsonFlag,
      args: this.ctor.args,
      strict: this.ctor.strict,
    })
    this.flags = flags as FlagsOf<T>
    this.args = args as ArgsOf<T>
  }

  /** Opens the application, runs `use` and closes everything again. Nothing is opened before `use` asks for it. */
  protected async withApp<R>(use: (app: App) => Promise<R>): Promise<R> {
    const flags = this.flags as Record<string, unknown>
    const app = await openApp({
      configFile: flags['config'] as string | undefined,
      databaseUri: flags['db-uri'] as string | undefined,
      enckeyFile: flags['enckey'] as string | undefined,
      enckeyPasswordFile: flags['enckey-password-file'] as string | undefined,
      askEnckeyPassword: async () => {
        const {askPassword} = await import('./prompt.js')
        return askPassword('Password of the encryption key')
      },
      env: process.env,
      warn: (message) => this.notice(message),
    })
    try {
      return await use(app)
    } finally {
      await app.close()
    }
  }

  /** A notice on stderr; silent with --quiet. */
  protected notice(message: string): void {
    if ((this.flags as Record<string, unknown> | undefined)?.['quiet']) return
    process.stderr.write(`${message}\n`)
  }

  /**
   * Asks on a terminal before something is destroyed.
   * @throws PiError USAGE when nobody can be asked, INTERRUPTED when the answer is no
   */
  protected async confirm(question: string, yes: boolean): Promise<void> {
    if (yes || process.env['PI_MANAGE_SHIM'] === '1') return
    if (!process.stdin.isTTY) {
      throw new PiError('USAGE', 'This needs a confirmation, and there is no terminal to ask on.', {hints: ['Add --yes']})
    }
    const {askConfirmation} = await import('./prompt.js')
    if (!(await askConfirmation(question))) throw new PiError('INTERRUPTED', 'Nothing was changed.')
  }

  protected override async catch(error: Error & {exitCode?: number; oclif?: {exit?: number}}): Promise<void> {
    const failure = asPiError(error)
    if (!failure) throw error
    const exitCode = exitCodes[failure.code]
    if (this.jsonEnabled()) {
      this.logJson(this.toErrorJson(failure))
    } else {
      process.stderr.write(`Error: ${failure.message}\n`)
      for (const hint of failure.hints) process.stderr.write(`  ${hint}\n`)
    }
    if (process.env['DEBUG']) process.stderr.write(`${error.stack ?? ''}\n`)
    process.exitCode = exitCode
  }

  protected override toErrorJson(error: unknown): ErrorDocument {
    const failure = asPiError(error as Error) ?? new PiError('INTERNAL', String(error))
    return {error: {code: failure.code, message: failure.message, hints: failure.hints}}
  }
}

/** `undefined` for oclif's own way of ending (`this.exit()`, help). */
function asPiError(error: Error & {oclif?: {exit?: number}}): PiError | undefined {
  if (error instanceof PiError) return error
  if (error instanceof Errors.ExitError) return undefined
  if (error.oclif?.exit === 2 || error instanceof Errors.CLIError) {
    return new PiError('USAGE', error.message.replace(/\n?See more help with --help/, '').trim(), {
      hints: ['See the same command with --help'],
      cause: error,
    })
  }
  return new PiError('INTERNAL', `This is a defect: ${error.message}`, {
    hints: ['Run it again with DEBUG=* and report the trace'],
    cause: error,
  })
}
