import {extname} from 'node:path'
import {Worker} from 'node:worker_threads'
import {PiError} from '../../errors.js'
import type {SegmentResult} from './segment.js'
import type {WorkerTask} from './worker.js'

export interface Segment {
  after: number
  last: number
}

interface Answer {
  segment: Segment
  result?: SegmentResult
  failure?: string
}

/** While developing the sources run as they are, which threads cannot. */
export const hasThreads = extname(import.meta.url) === '.js'

/**
 * Lets threads work through segments, each with a connection of its own.
 * @param done told each segment, in any order
 * @throws PiError UNAVAILABLE
 */
export async function runInThreads(
  segments: Iterator<Segment>,
  {threads, task, signal}: {threads: number; task: WorkerTask; signal?: AbortSignal | undefined},
  done: (segment: Segment, result: SegmentResult) => Promise<void>,
): Promise<void> {
  const file = new URL('./worker.js', import.meta.url)
  const workers = Array.from({length: threads}, () => new Worker(file, {workerData: task}))
  try {
    await Promise.all(workers.map((worker) => drive(worker, segments, {signal, done})))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

async function drive(
  worker: Worker,
  segments: Iterator<Segment>,
  {signal, done}: {signal?: AbortSignal | undefined; done: (segment: Segment, result: SegmentResult) => Promise<void>},
): Promise<void> {
  for (;;) {
    const next = signal?.aborted ? undefined : segments.next()
    if (!next || next.done) return
    const {segment, result, failure} = await answerOf(worker, next.value)
    if (!result) throw new PiError('UNAVAILABLE', `The audit rows cannot be read: ${failure}`)
    await done(segment, result)
  }
}

function answerOf(worker: Worker, segment: Segment): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      act()
    }
    const onMessage = (answer: Answer) => settle(() => resolve(answer))
    const onError = (error: Error) => settle(() => reject(error))
    const onExit = () => settle(() => reject(new Error('a thread ended early')))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage(segment)
  })
}
