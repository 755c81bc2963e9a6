import {spawn, type ChildProcess} from 'node:child_process'
import {record} from './canary.js'
import type {Clock} from './clock.js'
import {programEnv, programFile} from './program.js'

/** A running `pi-manage validate serve`. */
export interface RunningServer {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string
  readonly pid: number
  /** What it wrote to standard error so far. */
  stderr(): string
  /** Ends it with a signal (default SIGTERM) and gives its exit status; -1 when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number>
}

export interface ServerOptions {
  config: string
  cwd?: string
  clock?: Clock
  env?: Record<string, string>
  /** Further arguments, e.g. `--workers 2`. */
  args?: readonly string[]
  port?: number
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `validate serve` on a free port and waits until it listens. */
export async function startServer({
  config,
  cwd,
  clock,
  env,
  args = [],
  port = 0,
}: ServerOptions): Promise<RunningServer> {
  const command = ['validate', 'serve', '--config', config, '--host', '127.0.0.1', '--port', String(port), ...args]
  const child = spawn(process.execPath, [programFile('pi-manage'), ...command], {
    cwd,
    env: programEnv({...(clock && {clock}), ...(env && {env})}),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.add(child)
  let stderr = ''
  const ended = new Promise<number>((resolve) => {
    child.once('close', (status) => {
      running.delete(child)
      record(`$ pi-manage ${command.join(' ')}\n${stderr}`)
      resolve(status ?? -1)
    })
  })
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`validate serve did not listen within 30 s: ${stderr}`))
    }, 30_000)
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8')
      const [, found] = /Listening on (https?:\/\/\S+)/.exec(stderr) ?? []
      if (!found) return
      clearTimeout(timer)
      resolve(found.replace(/\/$/, ''))
    })
    child.once('error', reject)
    void ended.then((status) => {
      clearTimeout(timer)
      reject(new Error(`validate serve ended with status ${status}: ${stderr}`))
    })
  })
  return {
    url,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    async stop(signal = 'SIGTERM') {
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      child.kill(signal)
      const status = await ended
      clearTimeout(timer)
      return status
    },
  }
}
