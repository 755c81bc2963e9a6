import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const system = `${process.platform}-${process.arch} node-${process.version}`

/**
 * Starts a program by its installed name. `--version` and `--help` are answered before anything is loaded;
 * command lines of the original programs are rewritten to ours before oclif sees them.
 */
export async function runProgram(program, argv = process.argv.slice(2)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  if (argv.length === 1 && ['--version', '-v', 'version'].includes(argv[0])) {
    const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    process.stdout.write(`${name}/${version} ${system}\n`)
    return
  }
  const help =
    program === 'pi-manage' && argv.length <= 1 && [undefined, '--help', '-h', '-?'].includes(argv[0]) && savedHelp()
  if (help) {
    // A reader that has gone away is no failure.
    process.stdout.on('error', () => {})
    process.stdout.write(help)
    return
  }
  const {main} = await import('../dist/cli/main.js')
  await main({argv, program, root})
}

/** The help as the build found it; on a terminal oclif fits it to the width, with colours. */
function savedHelp() {
  if (process.stdout.isTTY || process.env.FORCE_COLOR || process.env.OCLIF_COLUMNS) return undefined
  try {
    return readFileSync(new URL('../dist/help.txt', import.meta.url), 'utf8').replaceAll('{system}', system)
  } catch {
    return undefined
  }
}
