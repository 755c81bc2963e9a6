import {PiError} from '../../src/lib/errors.js'

/** The PiError that a promise is to fail with. */
export async function failureOf(promise: Promise<unknown>): Promise<PiError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof PiError) return error
    throw error
  }
  throw new Error('it did not fail')
}
