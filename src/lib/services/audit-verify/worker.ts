import {createPublicKey} from 'node:crypto'
import {parentPort, workerData} from 'node:worker_threads'
import type {SettingValue, Settings} from '../../config/settings.js'
import {openDatabase} from '../../db/connect.js'
import {reasonOf} from '../../errors.js'
import {verifySegment} from './segment.js'

/** What a worker needs to open the database by itself; keys as PEM. */
export interface WorkerTask {
  uri: string
  engineOptions: Record<string, SettingValue | undefined>
  workingDirectory: string
  keys: {fingerprint: string; pem: string}[]
  allowOld: boolean
  increment: number
}

const {uri, engineOptions, workingDirectory, keys, allowOld, increment} = workerData as WorkerTask
const settings = {get: (key: string) => engineOptions[key]} as Settings
const database = openDatabase(uri, {purpose: 'audit', settings, readOnly: true, workingDirectory})
const rules = {
  allowOld,
  increment,
  keys: keys.map(({fingerprint, pem}) => ({fingerprint, key: createPublicKey(pem)})),
}

parentPort?.on('message', (segment: {after: number; last: number} | 'end') => {
  void (async () => {
    try {
      const db = await database
      if (segment === 'end') {
        await db.close()
        parentPort?.close()
        return
      }
      parentPort?.postMessage({segment, result: await verifySegment(db, segment, rules)})
    } catch (error) {
      parentPort?.postMessage({segment, failure: reasonOf(error)})
    }
  })()
})
