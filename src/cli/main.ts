// Not from the index, which loads what --help does not need.
import {run} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {rewriteArgv} from './compat/argv.js'
import {exitCodes} from './exit-codes.js'
import {asPiError, errorDocument, failureText, traceOf} from './failure.js'

interface MainOptions {
  /** Installed name of the program, e.g. `edumfa-manage`. */
  program: string
  argv: readonly string[]
  /** Directory of the package. */
  root: string
  /** Run the sources instead of `dist`. */
  development?: boolean
}

/**
 * Runs a command line: the old spellings are rewritten, and what fails before a command has started (unknown command,
 * broken installation) ends like every other failure.
 */
export async function main({argv, development = false, program, root}: MainOptions): Promise<void> {
  process.stdout.on('error', ignoreClosedPipe)
  process.stderr.on('error', ignoreClosedPipe)
  process.on('uncaughtException', (error) => {
    report(error, argv)
    process.exit()
  })
  if (development) {
    process.env['NODE_ENV'] = 'development'
    settings.debug = true
  }
  try {
    const line = rewriteArgv(program, argv, root)
    for (const warning of line.warnings) process.stderr.write(`Warning: ${warning}\n`)
    if (line.shim) process.env['PI_MANAGE_SHIM'] = '1'
    if (line.product) process.env['PI_MANAGE_PRODUCT'] = line.product
    await run(line.args, root)
  } catch (error) {
    report(error, argv)
  }
}

/** `| head` closes the pipe early: what a command changes is still done to its end. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function report(error: unknown, argv: readonly string[]): void {
  const failure = asPiError(error)
  if (!failure) {
    process.exitCode = (error as {oclif?: {exit?: number}}).oclif?.exit ?? 0
    return
  }
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorDocument(failure), undefined, 2)}\n`)
  else process.stderr.write(`${failureText(failure)}\n`)
  if (process.env['DEBUG']) process.stderr.write(`${traceOf(error)}\n`)
  process.exitCode = exitCodes[failure.code]
}
