import type {SettingValue} from '../settings.js'
import {PyDict, PyFunction, PyList, PyModule, PyObject, PySet, PyTuple, type Py} from './values.js'
import {str} from './text.js'

/** The value of a setting in JavaScript's types (tuples and sets as arrays); undefined for functions and the like. */
export function toSettingValue(value: Py): {value: SettingValue} | undefined {
  try {
    return {value: convert(value, 0)}
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function convert(value: Py, depth: number): SettingValue {
  if (depth > 100) throw new RangeError('nested too deeply')
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number')
    return value
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) throw new RangeError('the number is too large')
    return Number(value)
  }
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (value instanceof PyFunction || value instanceof PyModule || value instanceof PyObject)
    throw new RangeError('no data')
  if (value instanceof PyList || value instanceof PyTuple) return value.items.map((item) => convert(item, depth + 1))
  if (value instanceof PySet) return [...value.entries.values()].map((item) => convert(item, depth + 1))
  const pairs = value instanceof PyDict ? [...value.entries.values()] : []
  return Object.fromEntries(pairs.map(([key, item]) => [str(key), convert(item, depth + 1)]))
}
