import {parentPort} from 'node:worker_threads'
import type {WorkerAnswer, WorkerQuestion} from './worker-protocol.js'
import {loadScheme} from './registry.js'

/** The thread in which hashes are computed that only JavaScript or WebAssembly can compute. */
parentPort?.on('message', (question: WorkerQuestion) => {
  void answer(question).then((found) => parentPort?.postMessage(found))
})

async function answer({scheme, secret, setting}: WorkerQuestion): Promise<WorkerAnswer> {
  try {
    const loaded = await loadScheme(scheme)
    if (!('compute' in loaded)) return {failure: `${scheme} is not computed here`}
    return {hash: await loaded.compute(Buffer.from(secret), setting)}
  } catch (error) {
    return {failure: error instanceof Error ? error.message : String(error)}
  }
}
