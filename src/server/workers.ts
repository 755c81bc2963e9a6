import cluster, {type Worker} from 'node:cluster'
import {PiError} from '../lib/errors.js'

export interface WorkersOptions {
  count: number
  /** Told when all of them listen for the first time. */
  listening: (address: {port: number}) => void
  /** What a worker needs and must not read from its command line: sent over the channel between the processes. */
  secrets: Record<string, string>
  /** Aborted by an interrupt from a terminal. */
  stop: AbortSignal
  warn: (message: string) => void
}

/** A worker that lived shorter than this did not get as far as answering. */
const shortLifeMs = 5000
/** How long workers may take to finish what they have begun. */
const drainMs = 20_000

/** Whether this process is one of the workers that {@link runWorkers} has started. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/** What the main process has sent to this worker. */
export function receiveSecrets(): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    process.once('message', (message) => resolve(message as Record<string, string>))
    process.send?.('ready for secrets')
  })
}

/**
 * Runs several processes that share one listening socket until SIGTERM or an interrupt; one that dies is replaced.
 * @throws PiError CONFIG when workers cannot start
 */
export async function runWorkers({count, listening, secrets, stop, warn}: WorkersOptions): Promise<void> {
  let draining = false
  let listeners = 0
  let quick = 0
  await new Promise<void>((resolve, reject) => {
    const start = () => {
      const worker = cluster.fork()
      const born = Date.now()
      worker.on('message', (message) => message === 'ready for secrets' && worker.send(secrets))
      worker.on('listening', ({port}) => {
        quick = 0
        if (++listeners === count) listening({port})
      })
      worker.on('exit', (status, signal) => {
        if (draining) {
          if (Object.keys(cluster.workers ?? {}).length === 0) resolve()
          return
        }
        if (Date.now() - born < shortLifeMs && listeners < count) return fail(reject, status)
        quick = Date.now() - born < shortLifeMs ? quick + 1 : 0
        if (quick >= count * 3) return fail(reject, status)
        warn(`A worker has ended (${signal ?? status}); another one is started.`)
        start()
      })
    }
    const drain = () => {
      if (draining) return
      draining = true
      for (const worker of workers()) worker.process.kill('SIGTERM')
      setTimeout(() => workers().forEach((worker) => worker.process.kill('SIGKILL')), drainMs).unref()
      if (workers().length === 0) resolve()
    }
    process.on('SIGTERM', drain)
    stop.addEventListener('abort', drain, {once: true})
    for (let started = 0; started < count; started++) start()
  })
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

function fail(reject: (error: Error) => void, status: number): void {
  for (const worker of workers()) worker.process.kill('SIGKILL')
  reject(
    new PiError('CONFIG', `The workers do not start (exit status ${status}).`, {hints: ['See the messages above']}),
  )
}
