// `npm test [-- PATH…]`: installs, builds, runs the checks and the tests, and searches all output for secrets.
// The last line is `N passed, N failed`, with `, N skipped` where a Debian package is missing; with CI=true nothing
// may be skipped. A failed check counts as a failed test. With paths only the tests of these files and folders run;
// `--no-build` takes dist/ as it is.
import {spawn} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {availableParallelism, tmpdir} from 'node:os'
import {join} from 'node:path'
import {build, ensureDependencies, root} from './setup.mjs'

process.chdir(root)
const paths = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const inCi = process.env.CI === 'true'
/** After this time a run that hangs is ended and counts as failed. */
const deadlineMs = 30 * 60_000
/** Slow folders first, so that the workers end together. */
const order = [
  'test/compat',
  'test/acceptance',
  'test/db',
  'test/cli',
  'test/server',
  'test/hsm',
  'test/arch',
  'test/unit',
]

ensureDependencies()
if (!process.argv.includes('--no-build')) build()

const scratch = mkdtempSync(join(tmpdir(), 'pi-test-run-'))
const recorded = join(scratch, 'output')
const total = {passed: 0, failures: [], skipped: []}
try {
  if (paths.length === 0) await runChecks()
  await runTests()
  await searchForSecrets()
} finally {
  rmSync(scratch, {force: true, recursive: true})
}
summarise()

async function runChecks() {
  const {output} = await run(process.execPath, ['scripts/check.mjs'], {})
  for (const [, verdict, name] of output.matchAll(/^(ok {2}|FAIL) (\w+) \(/gm)) {
    if (verdict === 'FAIL') total.failures.push(`check: ${name}`)
    else total.passed += 1
  }
  if (!/^(ok {2}|FAIL) /m.test(output)) total.failures.push('check: did not run')
}

async function runTests() {
  const files = (paths.length > 0 ? paths : ['test']).flatMap(testFiles)
  if (files.length === 0) {
    total.failures.push(`no test file in ${paths.join(' ')}`)
    return
  }
  files.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
  const results = join(scratch, 'results.json')
  const jobs = String(Math.max(2, availableParallelism()))
  const args = [
    'node_modules/mocha/bin/mocha.js',
    '--parallel',
    '--jobs',
    jobs,
    '--reporter',
    'scripts/reporter.cjs',
    ...files,
  ]
  const {status, timedOut} = await run(process.execPath, args, {PI_TEST_RECORD: recorded, PI_TEST_RESULTS: results})
  if (timedOut) total.failures.push(`the tests did not end within ${deadlineMs / 60_000} minutes`)
  let result
  try {
    result = JSON.parse(readFileSync(results, 'utf8'))
  } catch {
    total.failures.push(`mocha ended with status ${status} and without a result`)
    return
  }
  total.passed += result.passed
  total.failures.push(...result.failures.map(({title}) => title))
  total.skipped.push(...result.skipped)
  const slowest = Object.entries(result.files).sort(([, one], [, other]) => other.ms - one.ms)
  const listed = slowest.slice(0, 5).map(([name, {ms}]) => `${name} ${(ms / 1000).toFixed(1)} s`)
  console.log(`slowest: ${listed.join(', ')}`)
  if (status !== 0 && result.failures.length === 0 && !timedOut)
    total.failures.push(`mocha ended with status ${status}`)
}

/** Nothing that programs printed during the tests may hold a secret of the fixtures. */
async function searchForSecrets() {
  const {status, output} = await run(process.execPath, ['--import', 'tsx', 'scripts/secrets.ts', recorded], {})
  if (status === 0) total.passed += 1
  else total.failures.push(`secrets in the output: ${output.trim().split('\n')[0]}`)
}

function summarise() {
  for (const title of total.skipped) console.log(`skipped: ${title}`)
  for (const title of total.failures) console.log(`failed: ${title}`)
  if (inCi && total.skipped.length > 0) {
    console.log('With CI=true nothing may be skipped: install the packages named above.')
    total.failures.push(...total.skipped.splice(0))
  }
  process.exitCode = total.failures.length === 0 ? 0 : 1
  const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : ''
  console.log(`${total.passed} passed, ${total.failures.length} failed${skipped}`)
}

function rank(file) {
  const found = order.findIndex((folder) => file.startsWith(`${folder}/`))
  return found === -1 ? order.length : found
}

function testFiles(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => {
    const below = join(path, name)
    if (name === 'fixtures' || name === 'support') return []
    return statSync(below).isDirectory() ? testFiles(below) : name.endsWith('.test.ts') ? [below] : []
  })
}

/** Runs a program, shows what it prints, and gives it back. */
async function run(program, args, env) {
  const child = spawn(program, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']})
  const end = (signal) => {
    child.kill(signal)
    rmSync(scratch, {force: true, recursive: true})
    process.exit(130)
  }
  process.once('SIGINT', end).once('SIGTERM', end)
  const chunks = []
  for (const stream of ['stdout', 'stderr']) {
    child[stream].on('data', (chunk) => {
      chunks.push(chunk)
      process[stream].write(chunk)
    })
  }
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, deadlineMs)
  const status = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  process.removeListener('SIGINT', end).removeListener('SIGTERM', end)
  return {status, timedOut, output: Buffer.concat(chunks).toString('utf8')}
}
