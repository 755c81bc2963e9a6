import {createRequire} from 'node:module'
import {availableParallelism} from 'node:os'
import {pathToFileURL} from 'node:url'
import {Worker} from 'node:worker_threads'
import {PiError} from '../../errors.js'
import type {WorkerAnswer, WorkerQuestion} from './worker-protocol.js'

/** Longer than any sensible hash takes; the cost stands in the hash, so whoever writes hashes could stop us otherwise. */
const longestMs = 120_000

interface Job {
  question: WorkerQuestion
  resolve(hash: string | undefined): void
  reject(error: PiError): void
}

const maxWorkers = Math.max(1, availableParallelism() - 1)
const idle: Worker[] = []
const waiting: Job[] = []
let started = 0

/**
 * Computes a crypt hash in a worker thread; the threads are kept, and do not keep the process alive.
 * @returns undefined when the setting is malformed
 * @throws PiError UNAVAILABLE when it took longer than two minutes
 */
export function computeInWorker(question: WorkerQuestion): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    waiting.push({question, reject, resolve})
    next()
  })
}

function next(): void {
  if (waiting.length === 0) return
  const worker = idle.pop() ?? (started < maxWorkers ? startWorker() : undefined)
  const job = worker && waiting.shift()
  if (worker && job) run(worker, job)
}

function startWorker(): Worker {
  started += 1
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./worker.js', import.meta.url))
  // Sources run through tsx while developing, and a thread has to be told of it again.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href
  const source = new URL('./worker.ts', import.meta.url).href
  const script = 'import(workerData.tsx).then(({register}) => (register(), import(workerData.source)))'
  return new Worker(`const {workerData} = require('node:worker_threads'); ${script}`, {
    eval: true,
    workerData: {source, tsx},
  })
}

function run(worker: Worker, {question, resolve, reject}: Job): void {
  const finish = (failure: PiError | undefined, hash?: string) => {
    clearTimeout(timer)
    // Not all listeners: the thread has its own.
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
    if (failure) {
      started -= 1
      worker.on('error', () => undefined)
      void worker.terminate()
      reject(failure)
    } else {
      worker.unref()
      idle.push(worker)
      resolve(hash)
    }
    next()
  }
  const timer = setTimeout(() => {
    finish(new PiError('UNAVAILABLE', `A ${question.scheme} hash took longer than ${longestMs / 1000} s to compute.`))
  }, longestMs)
  worker.ref()
  worker.once('message', (answer: WorkerAnswer) => {
    if ('failure' in answer)
      finish(new PiError('INTERNAL', `Hashing with ${question.scheme} failed: ${answer.failure}`))
    else finish(undefined, answer.hash)
  })
  worker.once('error', (cause) => finish(new PiError('INTERNAL', 'The thread for password hashes failed.', {cause})))
  worker.once('exit', () => finish(new PiError('INTERNAL', 'The thread for password hashes ended.')))
  worker.postMessage(question)
}
