// What `npm test` and `npm run demo` need before anything else: the packages of the lock file, and the built program.
// Only Node's own modules here: it runs in a clean clone.
import {spawnSync} from 'node:child_process'
import {existsSync, statSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Runs `npm ci` when node_modules is missing or older than the lock file. */
export function ensureDependencies() {
  const installed = `${root}/node_modules/.package-lock.json`
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs) return
  console.log('$ npm ci')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

/** Compiles the sources and writes the manifest. */
export function build() {
  run(process.execPath, ['scripts/build.mjs'])
}

function run(program, args) {
  const {status, error} = spawnSync(program, args, {cwd: root, stdio: 'inherit'})
  if (status === 0) return
  console.error(`${program} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with status ${status}`}`)
  process.exit(1)
}
