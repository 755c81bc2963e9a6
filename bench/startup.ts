// How long the program takes to start, beside a bare Node on the same machine: node --import tsx bench/startup.ts [runs]
import {spawnSync} from 'node:child_process'
import {programEnv, programFile} from '../test/support/program.js'

const runs = Number(process.argv[2] ?? 15)
const program = programFile('pi-manage')
const cases: [name: string, args: string[], targetMs: number | undefined][] = [
  ['bare node', ['-e', '0'], undefined],
  ['--version', [program, '--version'], 150],
  ['--help', [program, '--help'], 250],
  ['token list --help', [program, 'token', 'list', '--help'], 250],
]

for (const [name, args, targetMs] of cases) {
  const times = Array.from({length: runs}, () => {
    const started = performance.now()
    const {status, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8', env: programEnv({})})
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
    return performance.now() - started
  }).sort((one, other) => one - other)
  const median = times[Math.floor(times.length / 2)] ?? 0
  const target = targetMs === undefined ? '' : `  target ${targetMs} ms`
  console.log(`${name.padEnd(18)} median ${median.toFixed(0)} ms, fastest ${(times[0] ?? 0).toFixed(0)} ms${target}`)
}
