import {KeySetModule} from '../../../../src/hsm/key-set.js'
import type {SecurityModule} from '../../../../src/lib/security-module.js'

/** Common input of spec/02-config-crypto-hsm.md §12. */
export const vectorKeys = Buffer.from(Array.from({length: 96}, (_, at) => at))
export const vectorIv = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex')
export const vectorPepper = 'Never know...'

/** A module with the keys of the vectors, whose random bytes are always the IV of the vectors. */
export function vectorModule(): SecurityModule {
  const module = new KeySetModule('test keys', Buffer.from(vectorKeys))
  module.random = async (length) => Buffer.from(vectorIv.subarray(0, length))
  return module
}

/** The error that a promise fails with; fails itself when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<Error & {code?: string}> {
  let result: unknown
  try {
    result = await work
  } catch (error) {
    return error as Error
  }
  throw new Error(`It did not fail, but gave ${JSON.stringify(result)}`)
}
