import {pythonRepr} from '../../python/repr.js'
import {PyDict, PyList, PyObject, PySet, PyTuple, type Py} from './values.js'

/** `repr(value)` of Python 3. */
export function repr(value: Py, depth = 0): string {
  if (depth > 100) return '...'
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'string') return pythonRepr(value)
  if (value instanceof Uint8Array) return bytesRepr(value)
  const inner = (item: Py) => repr(item, depth + 1)
  if (value instanceof PyList) return `[${value.items.map(inner).join(', ')}]`
  if (value instanceof PyTuple) {
    const items = value.items.map(inner)
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
  }
  if (value instanceof PySet)
    return value.entries.size === 0 ? 'set()' : `{${[...value.entries.values()].map(inner).join(', ')}}`
  if (value instanceof PyDict) {
    return `{${[...value.entries.values()].map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(', ')}}`
  }
  return value instanceof PyObject ? `<${value.typeName}>` : `<${value.name}>`
}

/** `str(value)` of Python 3. */
export function str(value: Py): string {
  if (typeof value === 'string') return value
  if (value instanceof PyObject) {
    const text = value.attributes.get('__str__')
    if (typeof text === 'string') return text
  }
  return repr(value)
}

/** The shortest text that reads back as the same float, in Python's notation. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

function bytesRepr(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1')
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[^]/g, (character) => {
    if (character === quote || character === '\\') return `\\${character}`
    const known = ({'\n': '\\n', '\r': '\\r', '\t': '\\t'} as Record<string, string>)[character]
    if (known) return known
    return character < ' ' || character > '~'
      ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      : character
  })
  return `b${quote}${escaped}${quote}`
}
