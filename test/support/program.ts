import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {record} from './canary.js'
import type {Clock} from './clock.js'
import {projectRoot, temporaryFolder} from './folders.js'

export interface ProgramOptions {
  cwd?: string
  /** Added to a clean environment, so that a developer's settings do not reach the program. */
  env?: Record<string, string>
  clock?: Clock
  /** Closed without content when left out. */
  stdin?: string | Uint8Array
  /** The program is killed after this time, default 60 s. */
  timeoutMs?: number
  /** The output may hold secrets because the command line asks for them. */
  showsSecrets?: boolean
}

export interface ProgramResult {
  /** Exit status, -1 when a signal ended it. */
  status: number
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Standard output as JSON. */
  json<T = Record<string, unknown>>(): T
}

/**
 * Runs one of the programs in bin/ by its installed name (`pi-manage`, `privacyidea-token-janitor`, …) as built in
 * dist/, and waits for its end.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [programFile(name), ...args], {
    cwd: options.cwd ?? projectRoot,
    env: programEnv(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program may end before it has read everything.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000)
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killedBy) => resolve([code, killedBy]))
  })
  clearTimeout(timer)
  const result = {stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8')}
  const asked = options.showsSecrets === true || args.includes('--show-secrets')
  record(`$ ${name} ${args.join(' ')}\n${asked ? '' : result.stdout}${result.stderr}`)
  return {
    ...result,
    status: status ?? -1,
    signal,
    json<T>() {
      try {
        return JSON.parse(result.stdout) as T
      } catch {
        throw new Error(`no JSON from ${name} ${args.join(' ')} (status ${status}): ${result.stdout}${result.stderr}`)
      }
    },
  }
}

/** Path of a program in bin/; `pi-manage` is run.js. */
export function programFile(name: string): string {
  if (!existsSync(join(projectRoot, 'dist/app.js'))) throw new Error('dist/ is missing: npm run build')
  return join(projectRoot, 'bin', name === 'pi-manage' ? 'run.js' : `${name}.js`)
}

/** Home of the programs, so that they leave nothing in that of the developer. */
let home: string | undefined

/** A clean environment with what `options` add to it. */
export function programEnv({env, clock}: Pick<ProgramOptions, 'clock' | 'env'>): NodeJS.ProcessEnv {
  return {
    HOME: (home ??= temporaryFolder('home')),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    PATH: process.env['PATH'],
    TZ: 'UTC',
    ...clock?.env,
    ...env,
  }
}
