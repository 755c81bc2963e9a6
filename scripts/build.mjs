// Compiles src to dist and writes oclif.manifest.json.
import {spawnSync} from 'node:child_process'
import {rmSync} from 'node:fs'

const bin = (name) => `node_modules/.bin/${name}`
if (process.argv.includes('--clean')) rmSync('dist', {force: true, recursive: true})
const compiled = spawnSync(bin('tsc'), ['-p', 'tsconfig.json'], {stdio: 'inherit'})
// tsc writes its output in spite of type errors, and the manifest has to fit that output.
const described = spawnSync(bin('oclif'), ['manifest'], {
  env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
  stdio: ['ignore', 'ignore', 'inherit'],
})
process.exitCode = compiled.status || described.status || 0
