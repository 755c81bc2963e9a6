import {Args, type Command} from '@oclif/core'
import type {PiError} from '../lib/errors.js'
import type {TokenService} from '../lib/services/tokens/index.js'
import {AppCommand} from './app-command.js'
import {exitCodes} from './exit-codes.js'
import {asPiError} from './failure.js'

/** What became of each token: the `--json` document of a change. */
export interface ChangeResult {
  changed: string[]
  /** Tokens that were so already. */
  unchanged: string[]
  failed: {serial: string; reason: string}[]
}

/** The argument of commands that change tokens one by one. */
export const serialsArg = {
  serial: Args.string({description: 'serials of the tokens', ignoreStdin: true, multiple: true, required: true}),
}

/** Commands that do the same to each of the tokens named on the command line. */
export abstract class TokenChangeCommand<T extends typeof Command> extends AppCommand<T> {
  /**
   * Changes each token in a transaction of its own; a failure does not keep the others from being changed.
   * @param done what to say of a token that was changed, e.g. `Enabled`
   * @throws the failure, when it is the only token; otherwise the status is PARTIAL, or that of the first failure when all failed
   */
  protected async changeEach(
    serials: readonly string[],
    {done, unchanged = 'Nothing to change for', dryRun}: {done: string; unchanged?: string; dryRun: boolean},
    change: (tokens: TokenService, serial: string) => Promise<boolean>,
  ): Promise<ChangeResult> {
    const result: ChangeResult = {changed: [], unchanged: [], failed: []}
    const failures: PiError[] = []
    await this.withApp(async (app) => {
      const tokens = await app.tokens({dryRun})
      for (const serial of serials) {
        try {
          const changed = await change(tokens, serial)
          result[changed ? 'changed' : 'unchanged'].push(serial)
          this.log(`${dryRun ? 'Dry run: ' : ''}${changed ? done : unchanged} ${serial}.`)
        } catch (error) {
          const failure = asPiError(error)
          if (!failure || serials.length === 1) throw error
          failures.push(failure)
          result.failed.push({serial, reason: failure.message})
          this.notice(`Failed: ${failure.message}`)
        }
      }
    })
    if (failures.length > 0) {
      process.exitCode = failures.length === serials.length ? exitCodes[failures[0]!.code] : exitCodes.PARTIAL
    }
    return result
  }
}
