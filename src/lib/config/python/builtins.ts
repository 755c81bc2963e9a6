import type {PythonHost} from './host.js'
import {openFile} from './files.js'
import {formatValue} from './format.js'
import {argument, pairsOf, textArgument} from './methods.js'
import {repr, str} from './text.js'
import {
  asNumber,
  compare,
  equal,
  hashKey,
  isNumber,
  iterate,
  PyDict,
  PyException,
  PyFunction,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  truthy,
  typeName,
  type Arguments,
  type Py,
} from './values.js'

/** Which exceptions an `except` also catches, child to parent. */
const exceptionParents: Record<string, string> = {
  ArithmeticError: 'Exception',
  AssertionError: 'Exception',
  AttributeError: 'Exception',
  Exception: 'BaseException',
  FileNotFoundError: 'OSError',
  ImportError: 'Exception',
  IndexError: 'LookupError',
  KeyError: 'LookupError',
  LookupError: 'Exception',
  MemoryError: 'Exception',
  ModuleNotFoundError: 'ImportError',
  NameError: 'Exception',
  OSError: 'Exception',
  PermissionError: 'OSError',
  RuntimeError: 'Exception',
  SystemExit: 'BaseException',
  TypeError: 'Exception',
  UnicodeDecodeError: 'UnicodeError',
  UnicodeEncodeError: 'UnicodeError',
  UnicodeError: 'ValueError',
  ValueError: 'Exception',
  ZeroDivisionError: 'ArithmeticError',
}

/** Whether an exception of type `type` is caught by `except parent`. */
export function isException(type: string, parent: string): boolean {
  const wanted = parent === 'IOError' || parent === 'EnvironmentError' ? 'OSError' : parent
  for (let current: string | undefined = type; current; current = exceptionParents[current]) {
    if (current === wanted) return true
  }
  return false
}

export function isExceptionName(name: string): boolean {
  return Object.hasOwn(exceptionParents, name) || ['BaseException', 'EnvironmentError', 'IOError'].includes(name)
}

const functions: Record<string, (args: Arguments) => Py> = {
  abs(args) {
    const value = numberArgument(args)
    return value < 0 ? -value : value
  },
  all: (args) => iterate(argument(args, 0, 'iterable')).every((item) => truthy(item)),
  any: (args) => iterate(argument(args, 0, 'iterable')).some((item) => truthy(item)),
  bool: (args) => truthy(argument(args, 0, 'x', false)),
  bytes(args) {
    const value = argument(args, 0, 'source', '')
    if (value instanceof Uint8Array) return value
    if (typeof value === 'string') return Uint8Array.from(Buffer.from(value, 'utf8'))
    return Uint8Array.from(iterate(value).map((item) => Number(item)))
  },
  chr: (args) => String.fromCodePoint(Number(numberArgument(args))),
  dict(args) {
    const from = args.positional[0]
    return PyDict.of([...(from === undefined ? [] : pairsOf(from)), ...args.named])
  },
  enumerate(args) {
    const start = argument(args, 1, 'start', 0n)
    return new PyList(
      iterate(argument(args, 0, 'iterable')).map(
        (item, index) => new PyTuple([BigInt(index) + BigInt(Number(start)), item]),
      ),
    )
  },
  float(args) {
    const value = argument(args, 0, 'x', 0n)
    if (isNumber(value)) return Number(value)
    if (typeof value === 'string' && /^\s*[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value))
      return Number(value.replaceAll('_', ''))
    throw new PyException(typeof value === 'string' ? 'ValueError' : 'TypeError', 'the value is no number')
  },
  format: (args) => formatValue(argument(args, 0, 'value'), textArgument(args, 1, 'format_spec', '')),
  int: (args) => integer(args),
  isinstance(args) {
    const [value, types] = [argument(args, 0, 'object'), argument(args, 1, 'classinfo')]
    const names = (types instanceof PyTuple ? types.items : [types]).map((type) =>
      type instanceof PyFunction ? type.name : '',
    )
    return names.includes(typeName(value)) || (typeof value === 'boolean' && names.includes('int'))
  },
  len(args) {
    const value = argument(args, 0, 'obj')
    if (value instanceof PyObject) throw new PyException('TypeError', `object of type '${value.typeName}' has no len()`)
    return BigInt(iterate(value).length)
  },
  list: (args) => new PyList([...iterate(argument(args, 0, 'iterable', new PyTuple([])))]),
  max: (args) => extreme(args, 1),
  min: (args) => extreme(args, -1),
  ord(args) {
    const [character, ...rest] = Array.from(textArgument(args, 0, 'c'))
    if (character === undefined || rest.length > 0) throw new PyException('TypeError', 'ord() expected a character')
    return BigInt(character.codePointAt(0) ?? 0)
  },
  print: () => null,
  range(args) {
    const bounds = args.positional.map((bound) => {
      if (typeof bound !== 'bigint')
        throw new PyException('TypeError', `'${typeName(bound)}' object cannot be interpreted as an integer`)
      return Number(bound)
    })
    const [start, stop, step] =
      bounds.length > 1 ? [bounds[0] ?? 0, bounds[1] ?? 0, bounds[2] ?? 1] : [0, bounds[0] ?? 0, 1]
    if (step === 0) throw new PyException('ValueError', 'range() arg 3 must not be zero')
    const length = Math.max(0, Math.ceil((stop - start) / step))
    if (length > 100_000) throw new PyException('MemoryError', 'the range is too long')
    return new PyList(Array.from({length}, (_unused, index) => BigInt(start + index * step)))
  },
  repr: (args) => repr(argument(args, 0, 'obj')),
  reversed: (args) => new PyList([...iterate(argument(args, 0, 'sequence'))].reverse()),
  round(args) {
    const value = numberArgument(args)
    return typeof value === 'bigint' ? value : BigInt(roundHalfEven(value))
  },
  set: (args) => new PySet(iterate(argument(args, 0, 'iterable', new PyTuple([])))),
  sorted: (args) => {
    const items = [...iterate(argument(args, 0, 'iterable'))].sort(compare)
    return new PyList(truthy(argument(args, 2, 'reverse', false)) ? items.reverse() : items)
  },
  str(args) {
    const value = argument(args, 0, 'object', '')
    if (value instanceof Uint8Array && (args.positional.length > 1 || args.named.has('encoding'))) {
      return new TextDecoder('utf-8').decode(value)
    }
    return str(value)
  },
  sum: (args) =>
    iterate(argument(args, 0, 'iterable')).reduce<bigint | number>((total, item) => {
      if (!isNumber(item)) throw new PyException('TypeError', `unsupported operand type for +: '${typeName(item)}'`)
      const number = asNumber(item)
      return typeof total === 'bigint' && typeof number === 'bigint' ? total + number : Number(total) + Number(number)
    }, 0n),
  tuple: (args) => new PyTuple([...iterate(argument(args, 0, 'iterable', new PyTuple([])))]),
  zip({positional}) {
    const columns = positional.map((column) => iterate(column))
    const length = columns.length === 0 ? 0 : Math.min(...columns.map((column) => column.length))
    return new PyList(Array.from({length}, (_unused, row) => new PyTuple(columns.map((column) => column[row] ?? null))))
  },
}

/** The names that need no import: functions, and exceptions as functions that make them. `print` says nothing. */
export function builtinsFor(host: PythonHost): Map<string, Py> {
  const builtins = new Map<string, Py>()
  for (const [name, call] of Object.entries(functions)) builtins.set(name, new PyFunction(name, call))
  for (const name of [...Object.keys(exceptionParents), 'BaseException', 'IOError', 'EnvironmentError']) {
    builtins.set(
      name,
      new PyFunction(
        name,
        ({positional}) => new PyObject(name, {__str__: positional[0] === undefined ? '' : str(positional[0])}),
      ),
    )
  }
  builtins.set('open', openFile(host))
  return builtins
}

function numberArgument(args: Arguments): bigint | number {
  const value = argument(args, 0, 'x')
  if (!isNumber(value)) throw new PyException('TypeError', `a number is required, not ${typeName(value)}`)
  return asNumber(value)
}

/** The text is never repeated in the message: it may be a secret. */
function integer(args: Arguments): bigint {
  const value = argument(args, 0, 'x', 0n)
  const base = args.positional[1] ?? args.named.get('base')
  if (typeof value === 'string') {
    const [, sign = '', digits = ''] = /^\s*([-+]?)([0-9a-zA-Z_]+)\s*$/.exec(value) ?? []
    const radix = base === undefined ? 10 : Number(base)
    const clean = digits.replaceAll('_', '').toLowerCase()
    const prefixed = /^0[xob]/.test(clean) && [0, 2, 8, 16].includes(radix)
    try {
      if (prefixed) return BigInt(clean) * (sign === '-' ? -1n : 1n)
      if (radix === 10 && /^\d{1,4300}$/.test(clean)) return BigInt(sign + clean)
      if (
        radix >= 2 &&
        radix <= 36 &&
        clean !== '' &&
        clean.length < 12 &&
        [...clean].every((digit) => parseInt(digit, radix) >= 0)
      ) {
        return BigInt(parseInt(clean, radix)) * (sign === '-' ? -1n : 1n)
      }
    } catch {
      throw new PyException('ValueError', 'the text is no whole number')
    }
    throw new PyException('ValueError', 'the text is no whole number')
  }
  if (!isNumber(value))
    throw new PyException('TypeError', `int() argument must be a string or a number, not ${typeName(value)}`)
  const number = asNumber(value)
  if (typeof number === 'bigint') return number
  if (!Number.isFinite(number)) throw new PyException('ValueError', 'cannot convert float to integer')
  return BigInt(Math.trunc(number))
}

function extreme(args: Arguments, sign: 1 | -1): Py {
  const items = args.positional.length > 1 ? args.positional : iterate(argument(args, 0, 'iterable'))
  const [first, ...rest] = items
  if (first === undefined) throw new PyException('ValueError', 'the sequence is empty')
  return rest.reduce<Py>((best, item) => (compare(item, best) * sign > 0 ? item : best), first)
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** `x in container`. */
export function contains(container: Py, item: Py): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string')
      throw new PyException('TypeError', `'in <string>' requires string as left operand, not ${typeName(item)}`)
    return container.includes(item)
  }
  if (container instanceof PyDict || container instanceof PySet) return container.entries.has(hashKey(item))
  return iterate(container).some((other) => equal(other, item))
}
