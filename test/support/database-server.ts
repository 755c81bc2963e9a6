import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statfsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

/** A database server of our own: private folder, private port, stopped with this process. */
export interface DatabaseServer {
  readonly port: number
  /** Its data, sockets and log. */
  readonly folder: string
  /** The SQLAlchemy URI of a database of it, over TCP. */
  uri(database: string): string
  /** Makes a new database and gives its URI. */
  createDatabase(options?: {template?: string; name?: string}): Promise<string>
  /** Kills it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again after {@link kill}, on the same data and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** A server for one test, which may kill it; without it everybody in this process shares one. */
  own?: boolean
  /** Write to the disk as in production: for measurements. */
  durable?: boolean
  /** Speak TLS with this certificate. */
  tls?: {certFile: string; keyFile: string}
}

/** A folder that belongs to the user the server runs as; in memory where nothing is measured and there is enough. */
export function serverFolder(name: string, user: SystemUser | undefined, {durable = false}: ServerOptions): string {
  const folder = mkdtempSync(join(!durable && hasRoom(memoryFolder) ? memoryFolder : tmpdir(), `pi-${name}-`))
  mkdirSync(join(folder, 'data'))
  mkdirSync(join(folder, 'run'))
  if (user) for (const path of [folder, join(folder, 'data'), join(folder, 'run')]) chownSync(path, user.uid, user.gid)
  return folder
}

const memoryFolder = '/dev/shm'

/** Containers often have 64 MiB there. */
function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const {bavail, bsize} = statfsSync(folder)
  return bavail * bsize > 4 * 2 ** 30
}

export interface SystemUser {
  uid: number
  gid: number
}

/** Whom to run a server as: root must not, and becomes the package's own user. */
export function serverUser(name: string): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const found = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
  if (!found) throw new Error(`there is no system user ${name}`)
  const [, , uid, gid] = found.split(':')
  return {uid: Number(uid), gid: Number(gid)}
}

/** A copy of a file that the server's user may read and nobody else, as servers demand of keys. */
export function ownedCopy(folder: string, file: string, user: SystemUser | undefined): string {
  const copy = join(folder, basename(file))
  copyFileSync(file, copy)
  chmodSync(copy, 0o600)
  if (user) chownSync(copy, user.uid, user.gid)
  return copy
}

/** Runs a set-up program of a server to its end. */
export function runSetup(
  program: string,
  parameters: readonly string[],
  user: SystemUser | undefined,
  cwd: string,
): void {
  const done = spawnSync(program, parameters, {cwd, encoding: 'utf8', ...user})
  if (done.status !== 0) throw new Error(`${program} failed: ${done.error?.message ?? ''}${done.stdout}${done.stderr}`)
}

/**
 * Waits for the end of its standard input, which comes when this process ends in whatever way, then takes the server and
 * its folder away.
 */
const supervisor = `
folder=$1; signal=$2; shift 2
"$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r order
kill -$signal $server 2>/dev/null
for tenth in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  kill -0 $server 2>/dev/null || break
  sleep 0.1
done
kill -KILL $server 2>/dev/null
wait $server
[ "$order" = keep ] || rm -rf "$folder"
`

/** A server under a supervisor that outlives neither it nor us. */
export class SupervisedProcess {
  readonly #child: ChildProcess
  readonly #folder: string

  /** @param signal what ends the server at once: its data need not survive */
  constructor(folder: string, signal: 'QUIT' | 'KILL', command: readonly string[], user: SystemUser | undefined) {
    this.#folder = folder
    this.#child = spawn('/bin/sh', ['-c', supervisor, 'supervisor', folder, signal, ...command], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      ...user,
    })
    this.#child.unref()
    const {stdin} = this.#child
    stdin?.on('error', () => {})
    ;(stdin as unknown as {unref?: () => void}).unref?.()
  }

  /** Polls until `answers` does not throw any more. */
  async untilReady(answers: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + 60_000
    for (;;) {
      try {
        await answers()
        return
      } catch (error) {
        if (this.#child.exitCode !== null || Date.now() > deadline) {
          const log = join(this.#folder, 'log')
          throw new Error(
            `the server did not start: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''}`,
            {
              cause: error,
            },
          )
        }
        await sleep(50)
      }
    }
  }

  async end({keepData}: {keepData: boolean}): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.ref()
    this.#child.stdin?.end(keepData ? 'keep\n' : 'remove\n')
    await ended
  }
}
