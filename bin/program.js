import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/**
 * Starts a program by its installed name. `--version` is answered before anything is loaded;
 * command lines of the original programs are rewritten to ours before oclif sees them.
 */
export async function runProgram(program, argv = process.argv.slice(2)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  if (argv.length === 1 && ['--version', '-v', 'version'].includes(argv[0])) {
    const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
    return
  }
  const {main} = await import('../dist/cli/main.js')
  await main({argv, program, root})
}
