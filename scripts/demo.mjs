// `npm run demo`: from a clean clone to a checked login in a temporary folder, showing every command and what it says.
import {spawn} from 'node:child_process'
/* global fetch, URLSearchParams */
import {createHmac} from 'node:crypto'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {build, ensureDependencies, root} from './setup.mjs'

process.chdir(root)
ensureDependencies()
if (!process.argv.includes('--no-build')) build()

const folder = mkdtempSync(join(tmpdir(), 'pi-manage-demo-'))
const config = join(folder, 'instance/pi.cfg')
const seeds = 'test/fixtures/interop/privacyidea-3.8/imports'
// Undo files and other state of the program stay in the folder too.
const env = {...process.env, HOME: folder, XDG_STATE_HOME: join(folder, 'state')}
const started = Date.now()
let server
process.on('exit', () => {
  server?.kill('SIGKILL')
  rmSync(folder, {force: true, recursive: true})
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

try {
  await play()
  console.log(`\nDone in ${((Date.now() - started) / 1000).toFixed(1)} s; ${folder} is removed.`)
} catch (error) {
  console.error(`\nThe demonstration failed: ${error.message}`)
  process.exitCode = 1
}

async function play() {
  step('Set up an installation on SQLite: configuration, keys, tables, first administrator')
  const password = file('admin.pw', 'a demonstration, no secret')
  await manage('setup', 'init', join(folder, 'instance'), '--admin', 'alice', '--password-file', password)
  await manage('db', 'status')

  step('Look at a seed file (OATH CSV) before anything is written')
  await manage('import', 'tokens', `${seeds}/oath_v1.csv`, '--dry-run')

  step('Import it, and a PSKC file that is encrypted with a pre-shared key')
  await manage('import', 'tokens', `${seeds}/oath_v1.csv`)
  const {preshared_key_hex: key} = JSON.parse(readFileSync(`${seeds}/expect_imports.json`, 'utf8'))
  await manage('import', 'tokens', `${seeds}/pskc_aes.xml`, '--preshared-key-file', file('transport.key', key))

  step('A second time: serials that exist are refused, counters stay')
  await manage('import', 'tokens', `${seeds}/oath_v1.csv`, {status: 7})

  step('Connect a user store, and give a token with a PIN to one of its users')
  const users = file('users', 'alice:x:1000:1000:Alice Archer,,,,alice@example.com:/home/alice:/bin/sh')
  const site = [
    `resolver: {staff: {type: passwdresolver, data: {fileName: '${users}'}}}`,
    'realm: {corp: {default: true, resolver: [{name: staff}]}}',
  ]
  await manage('config', 'import', file('site.yaml', site.join('\n')))
  const pin = 'demo-pin'
  await manage('token', 'assign', 'IMPH0001', '--user', 'alice', '--realm', 'corp', '--pin-file', file('pin', pin))
  await manage('token', 'list', '--type', 'hotp', '--usernames')

  step('Clean up with the janitor: find, disable, delete')
  const old = ['token-janitor', 'find', '--serial', '^IMPT']
  await manage(...old)
  await manage(...old, '--action', 'disable', '--yes')
  await manage('token-janitor', 'find', '--active', 'false', '--action', 'delete', '--yes')
  await manage('token', 'list')

  step('Serve login checks over HTTP')
  const url = await serve()

  step('Log in with PIN and one-time password')
  const [, seed] = /^IMPH0001, ([0-9a-f]+)$/m.exec(readFileSync(`${seeds}/oath_v1.csv`, 'utf8'))
  const otp = hotp(seed, 0)
  await login(url, pin + otp, true)

  step('The same one-time password again is refused; the next one is taken')
  await login(url, pin + otp, false)
  await login(url, pin + hotp(seed, 1), true)
  await manage('token', 'show', 'IMPH0001')

  step('Stop the server: what has begun is answered first')
  server.kill('SIGTERM')
  const status = await new Promise((resolve) => server.once('close', resolve))
  expect(status === 0, `the server ended with status ${status}`)
}

function step(title) {
  console.log(`\n== ${title}`)
}

function file(name, content) {
  const path = join(folder, name)
  writeFileSync(path, `${content}\n`, {mode: 0o600})
  return path
}

/** Runs pi-manage on the installation and shows it; a last argument `{status}` says what exit status is right. */
async function manage(...words) {
  const {status: right = 0} = typeof words.at(-1) === 'object' ? words.pop() : {}
  const args = words.includes('init') ? words : [...words, '--config', config]
  show(`pi-manage ${words.join(' ')}`)
  const child = spawn(process.execPath, ['bin/run.js', ...args], {env, stdio: ['ignore', 'inherit', 'inherit']})
  const status = await new Promise((resolve) => child.once('close', resolve))
  if (right !== 0) console.log(`(exit status ${status})`)
  expect(status === right, `pi-manage ended with status ${status}, not ${right}`)
}

/** Starts the listener on a free port and gives its URL. */
async function serve() {
  show('pi-manage validate serve --port 0')
  server = spawn(process.execPath, ['bin/run.js', 'validate', 'serve', '--port', '0', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr.on('data', (chunk) => {
      process.stderr.write(chunk)
      said += chunk
      const [, url] = /Listening on (\S+)/.exec(said) ?? []
      if (url) resolve(url)
    })
    server.once('close', (status) => reject(new Error(`the server ended with status ${status}`)))
  })
}

async function login(url, pass, right) {
  show(`curl -d user=alice -d pass=${pass} ${url}/validate/check`)
  const answer = await fetch(`${url}/validate/check`, {
    method: 'POST',
    body: new URLSearchParams({user: 'alice', pass}),
  })
  const {result, detail} = await answer.json()
  console.log(`HTTP ${answer.status}  value: ${result?.value}  ${result?.authentication}  "${detail?.message}"`)
  expect(result?.value === right, `expected value ${right}`)
}

/** RFC 4226 with SHA-1 and six digits. */
function hotp(seed, counter) {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const digest = createHmac('sha1', Buffer.from(seed, 'hex')).update(message).digest()
  const truncated = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff
  return String(truncated % 1_000_000).padStart(6, '0')
}

function show(command) {
  console.log(`\n$ ${command.replaceAll(folder, '$DEMO')}`)
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise)
}
