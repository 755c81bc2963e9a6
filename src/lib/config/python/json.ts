import {floatText, str} from './text.js'
import {PyDict, PyException, PyList, PyTuple, typeName, type Py} from './values.js'

/** `json.loads`. @throws PyException ValueError without the text */
export function fromJson(text: string): Py {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new PyException('ValueError', 'the text is no JSON')
  }
  return fromPlain(parsed)
}

/** A value of JSON.parse as one of the evaluator; whole numbers become ints. */
function fromPlain(value: unknown): Py {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return new PyList(value.map((item) => fromPlain(item)))
  return PyDict.of(
    Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, fromPlain(item)] as const),
  )
}

/** `json.dumps` with its default separators. */
export function toJson(value: Py): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(
      /[\x7f-\uffff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }
  if (value instanceof PyList || value instanceof PyTuple)
    return `[${value.items.map((item) => toJson(item)).join(', ')}]`
  if (value instanceof PyDict) {
    return `{${[...value.entries.values()].map(([key, item]) => `${JSON.stringify(str(key))}: ${toJson(item)}`).join(', ')}}`
  }
  throw new PyException('TypeError', `Object of type ${typeName(value)} is not JSON serializable`)
}
