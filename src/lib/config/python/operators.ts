import {contains} from './builtins.js'
import {maxText, percentFormat} from './format.js'
import {
  asNumber,
  compare,
  equal,
  isNumber,
  iterate,
  PyDict,
  PyException,
  PyList,
  PyTuple,
  PySet,
  truthy,
  typeName,
  type Py,
} from './values.js'

const maxItems = 100_000
const largest = 2n ** 4096n

type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '|' | '&' | '^' | '<<' | '>>'

export function isBinaryOperator(text: string): text is BinaryOperator {
  return ['+', '-', '*', '/', '//', '%', '**', '|', '&', '^', '<<', '>>'].includes(text)
}

/** `a op b` for the operators of arithmetic, joining and formatting. @throws PyException */
export function binary(operator: BinaryOperator, a: Py, b: Py): Py {
  if (operator === '%' && typeof a === 'string') return percentFormat(a, b)
  if (isNumber(a) && isNumber(b)) return arithmetic(operator, asNumber(a), asNumber(b))
  if (operator === '+') {
    const joined = join(a, b)
    if (joined !== undefined) return joined
  }
  if (operator === '*') {
    if (typeof b === 'bigint' || typeof b === 'boolean') return repeat(a, Number(b))
    if (typeof a === 'bigint' || typeof a === 'boolean') return repeat(b, Number(a))
  }
  if (operator === '|' && a instanceof PyDict && b instanceof PyDict)
    return PyDict.of([...a.entries.values(), ...b.entries.values()])
  if (operator === '|' && a instanceof PySet && b instanceof PySet)
    return new PySet([...a.entries.values(), ...b.entries.values()])
  if (operator === '-' && a instanceof PySet && b instanceof PySet) {
    return new PySet([...a.entries].filter(([key]) => !b.entries.has(key)).map(([, item]) => item))
  }
  throw new PyException('TypeError', `unsupported operand types for ${operator}: '${typeName(a)}' and '${typeName(b)}'`)
}

function join(a: Py, b: Py): Py | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length + b.length > maxText) throw new PyException('MemoryError', 'the text is too long')
    return a + b
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Uint8Array.from(Buffer.concat([a, b]))
  if (a instanceof PyList && b instanceof PyList) {
    if (a.items.length + b.items.length > maxItems) throw new PyException('MemoryError', 'the list is too long')
    return new PyList([...a.items, ...b.items])
  }
  if (a instanceof PyTuple && b instanceof PyTuple) return new PyTuple([...a.items, ...b.items])
  return undefined
}

function repeat(value: Py, count: number): Py {
  const times = Math.max(0, count)
  const limit = (length: number, most: number) => {
    if (length * times > most) throw new PyException('MemoryError', 'the repetition is too long')
  }
  if (typeof value === 'string') {
    limit(value.length, maxText)
    return value.repeat(times)
  }
  if (value instanceof Uint8Array) {
    limit(value.length, maxText)
    return Uint8Array.from(Buffer.concat(Array.from({length: value.length === 0 ? 0 : times}, () => value)))
  }
  if (value instanceof PyList || value instanceof PyTuple) {
    limit(value.items.length, maxItems)
    const items = Array.from({length: value.items.length === 0 ? 0 : times}, () => value.items).flat()
    return value instanceof PyList ? new PyList(items) : new PyTuple(items)
  }
  throw new PyException('TypeError', `can't multiply '${typeName(value)}' by int`)
}

function arithmetic(operator: BinaryOperator, a: bigint | number, b: bigint | number): Py {
  if (['/', '//', '%'].includes(operator) && Number(b) === 0)
    throw new PyException('ZeroDivisionError', 'division by zero')
  if (typeof a === 'bigint' && typeof b === 'bigint' && operator !== '/' && !(operator === '**' && b < 0n)) {
    const result = integers(operator, a, b)
    if (result > largest || result < -largest) throw new PyException('MemoryError', 'the number is too large')
    return result
  }
  const [x, y] = [Number(a), Number(b)]
  switch (operator) {
    case '+':
      return x + y
    case '-':
      return x - y
    case '*':
      return x * y
    case '/':
      return x / y
    case '//':
      return Math.floor(x / y)
    case '%':
      return x - y * Math.floor(x / y)
    case '**':
      return x ** y
    default:
      throw new PyException('TypeError', `unsupported operand type for ${operator}: 'float'`)
  }
}

function integers(operator: BinaryOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '//':
      return (a - mod(a, b)) / b
    case '%':
      return mod(a, b)
    case '**':
      if (b * BigInt(a.toString(2).length) > 5000n) throw new PyException('MemoryError', 'the number is too large')
      return a ** b
    case '|':
      return a | b
    case '&':
      return a & b
    case '^':
      return a ^ b
    case '<<':
    case '>>':
      if (b < 0n) throw new PyException('ValueError', 'negative shift count')
      if (b > 5000n) throw new PyException('MemoryError', 'the number is too large')
      return operator === '<<' ? a << b : a >> b
    default:
      throw new PyException('TypeError', `unsupported operator ${operator}`)
  }
}

/** The remainder with the sign of the divisor, as in Python. */
function mod(a: bigint, b: bigint): bigint {
  const remainder = a % b
  return remainder !== 0n && remainder < 0n !== b < 0n ? remainder + b : remainder
}

/** One comparison; `operator` is `==`, `<`, `in`, `not in`, `is`, `is not`, … @throws PyException TypeError */
export function comparison(operator: string, a: Py, b: Py): boolean {
  switch (operator) {
    case '==':
      return equal(a, b)
    case '!=':
      return !equal(a, b)
    case '<':
      return compare(a, b) < 0
    case '<=':
      return compare(a, b) <= 0
    case '>':
      return compare(a, b) > 0
    case '>=':
      return compare(a, b) >= 0
    case 'in':
      return contains(b, a)
    case 'not in':
      return !contains(b, a)
    case 'is':
      return a === b
    case 'is not':
      return a !== b
    default:
      throw new PyException('TypeError', `unsupported comparison ${operator}`)
  }
}

export function unary(operator: string, value: Py): Py {
  if (operator === 'not') return !truthy(value)
  if (!isNumber(value))
    throw new PyException('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`)
  const number = asNumber(value)
  if (operator === '-') return -number
  if (operator === '~' && typeof number === 'bigint') return ~number
  return number
}

/** `value[index]`. @throws PyException KeyError, IndexError, TypeError */
export function item(value: Py, index: Py): Py {
  if (value instanceof PyDict) {
    const found = value.get(index)
    if (found !== undefined) return found
    if (!value.keyName || typeof index !== 'string') throw new PyException('KeyError', 'there is no such key')
    throw new PyException('KeyError', `${value.keyName} '${index}' is not set`)
  }
  const items = iterate(value)
  if (typeof index !== 'bigint' && typeof index !== 'boolean') {
    throw new PyException('TypeError', `${typeName(value)} indices must be integers, not ${typeName(index)}`)
  }
  const found = items.at(Number(index))
  if (found === undefined) throw new PyException('IndexError', `${typeName(value)} index out of range`)
  return found
}

/** `value[start:stop:step]`. */
export function slice(value: Py, bounds: readonly (Py | undefined)[]): Py {
  const items = iterate(value)
  const [from, to, by] = bounds.map((bound) => {
    if (bound === undefined || bound === null) return undefined
    if (typeof bound !== 'bigint') throw new PyException('TypeError', 'slice indices must be integers or None')
    return Number(bound)
  })
  const step = by ?? 1
  if (step === 0) throw new PyException('ValueError', 'slice step cannot be zero')
  const length = items.length
  const clamp = (bound: number | undefined, fallback: number) => {
    if (bound === undefined) return fallback
    const absolute = bound < 0 ? bound + length : bound
    return step > 0 ? Math.min(Math.max(absolute, 0), length) : Math.min(Math.max(absolute, -1), length - 1)
  }
  const [start, stop] = step > 0 ? [clamp(from, 0), clamp(to, length)] : [clamp(from, length - 1), clamp(to, -1)]
  const taken: Py[] = []
  for (let index = start; step > 0 ? index < stop : index > stop; index += step) taken.push(items[index] ?? null)
  if (typeof value === 'string') return taken.join('')
  if (value instanceof Uint8Array) return Uint8Array.from(taken.map(Number))
  return value instanceof PyTuple ? new PyTuple(taken) : new PyList(taken)
}
