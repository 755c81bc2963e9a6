// Compiles src to dist and writes oclif.manifest.json.
import {spawnSync} from 'node:child_process'
import {rmSync, writeFileSync} from 'node:fs'

const bin = (name) => `node_modules/.bin/${name}`
if (process.argv.includes('--clean')) rmSync('dist', {force: true, recursive: true})
const compiled = spawnSync(bin('tsc'), ['-p', 'tsconfig.json'], {stdio: 'inherit'})
// tsc writes its output in spite of type errors, and the manifest has to fit that output.
const described = spawnSync(bin('oclif'), ['manifest'], {
  env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true'},
  stdio: ['ignore', 'ignore', 'inherit'],
})
// The help of the whole program, so that it can be shown without loading anything (bin/program.js).
rmSync('dist/help.txt', {force: true})
const help = spawnSync(process.execPath, ['bin/run.js', '--help'], {encoding: 'utf8', env: {PATH: process.env.PATH}})
if (described.status === 0 && help.status === 0 && help.stdout !== '') {
  writeFileSync(
    'dist/help.txt',
    help.stdout.replaceAll(`${process.platform}-${process.arch} node-${process.version}`, '{system}'),
  )
}
process.exitCode = compiled.status || described.status || 0
