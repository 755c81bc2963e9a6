// What `npm test` and `npm run demo` need before anything else: the packages of the lock file, and the built program.
// Only Node's own modules here: it runs in a clean clone.
import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Runs `npm ci` when what is installed is not what the lock file names. */
export function ensureDependencies() {
  if (isInstalled()) return
  console.log('$ npm ci')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

/** Compared by versions, not by age: native drivers take minutes to compile, and a checkout touches files. */
function isInstalled() {
  const found = `${root}/node_modules/.package-lock.json`
  if (!existsSync(found)) return false
  const {packages: installed} = JSON.parse(readFileSync(found, 'utf8'))
  const {packages: wanted} = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'))
  return Object.entries(wanted).every(([path, {version, optional, link}]) => {
    if (path === '' || link) return true
    // Optional ones are for other platforms, too.
    return installed[path] ? installed[path].version === version : optional === true
  })
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
