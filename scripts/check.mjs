// Lint, format, types, unused code and import directions: everything that needs no server. Ends non-zero if one fails.
import {spawnSync} from 'node:child_process'

const checks = [
  ['types', 'tsc', ['-p', 'tsconfig.test.json']],
  ['lint', 'eslint', ['src', 'test', 'bench', 'scripts', 'bin', '--max-warnings', '0']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['imports', 'depcruise', ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err']],
  ['unused', 'knip', ['--no-progress']],
]
let failed = 0
for (const [name, program, args] of checks) {
  const started = Date.now()
  const {status, stdout, stderr} = spawnSync(`node_modules/.bin/${program}`, args, {encoding: 'utf8'})
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (status !== 0) {
    failed += 1
    console.log(stdout + stderr)
  }
}
process.exitCode = failed === 0 ? 0 : 1
