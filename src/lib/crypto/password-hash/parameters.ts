import {PiError} from '../../errors.js'
import type {HashParameters} from './contract.js'

/**
 * A whole number out of `PI_HASH_ALGO_PARAMS`, under the first of its names that is set.
 * @throws PiError CONFIG when it is no number of the range
 */
export function integerParameter(
  parameters: HashParameters,
  names: readonly [string, ...string[]],
  {preset, min, max}: {preset: number; min: number; max: number},
): number {
  for (const name of names) {
    const value = parameters[name]
    if (value === undefined || value === null) continue
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    throw new PiError('CONFIG', `PI_HASH_ALGO_PARAMS: '${name}' must be a whole number from ${min} to ${max}.`)
  }
  return preset
}
