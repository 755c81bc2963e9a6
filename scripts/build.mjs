// Compiles src to dist and writes oclif.manifest.json.
import {execFileSync} from 'node:child_process'
import {rmSync} from 'node:fs'

const bin = (name) => `node_modules/.bin/${name}`
if (process.argv.includes('--clean')) rmSync('dist', {force: true, recursive: true})
execFileSync(bin('tsc'), ['-p', 'tsconfig.json'], {stdio: 'inherit'})
execFileSync(bin('oclif'), ['manifest'], {stdio: ['ignore', 'ignore', 'inherit']})
