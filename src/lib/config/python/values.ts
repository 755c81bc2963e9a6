import type {Failure} from './failure.js'

/** A value of the evaluated file: `bigint` is a Python int, `number` a float. */
export type Py =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | PyList
  | PyTuple
  | PySet
  | PyDict
  | PyFunction
  | PyModule
  | PyObject

/** What a name stands for: a value, or the reason why it has none. */
export type Binding = {value: Py} | {failure: Failure}

export class PyList {
  readonly items: Py[]
  constructor(items: Py[]) {
    this.items = items
  }
}

export class PyTuple {
  readonly items: readonly Py[]
  constructor(items: readonly Py[]) {
    this.items = items
  }
}

export class PySet {
  readonly entries = new Map<string, Py>()
  constructor(items: Iterable<Py>) {
    for (const item of items) this.entries.set(hashKey(item), item)
  }
}

/** Keeps the order of insertion, as Python 3.7 does. */
export class PyDict {
  readonly entries = new Map<string, [Py, Py]>()
  /** What a key stands for, for the message about a missing one. */
  readonly keyName: string | undefined

  constructor(keyName?: string) {
    this.keyName = keyName
  }

  static of(pairs: Iterable<readonly [Py, Py]>): PyDict {
    const dict = new PyDict()
    for (const [key, value] of pairs) dict.set(key, value)
    return dict
  }

  get(key: Py): Py | undefined {
    return this.entries.get(hashKey(key))?.[1]
  }

  set(key: Py, value: Py): void {
    const hash = hashKey(key)
    const known = this.entries.get(hash)
    if (known) known[1] = value
    else this.entries.set(hash, [key, value])
  }

  delete(key: Py): boolean {
    return this.entries.delete(hashKey(key))
  }

  *keys(): Iterable<Py> {
    for (const [key] of this.entries.values()) yield key
  }

  *values(): Iterable<Py> {
    for (const [, value] of this.entries.values()) yield value
  }
}

export type Arguments = {readonly positional: readonly Py[]; readonly named: ReadonlyMap<string, Py>}

/** Something that can be called: one of ours, or a `def` of the file. */
export class PyFunction {
  readonly name: string
  readonly call: (args: Arguments) => Py
  constructor(name: string, call: (args: Arguments) => Py) {
    this.name = name
    this.call = call
  }
}

/** An imported module; what it does not list is not understood. */
export class PyModule {
  readonly name: string
  readonly members: ReadonlyMap<string, Py>
  constructor(name: string, members: Record<string, Py>) {
    this.name = name
    this.members = new Map(Object.entries(members))
  }
}

/** An object with attributes: an open file, an exception. */
export class PyObject {
  readonly typeName: string
  readonly attributes: ReadonlyMap<string, Py>
  /** What a `for` over it gives, when it can be iterated. */
  readonly items: readonly Py[] | undefined
  constructor(typeName: string, attributes: Record<string, Py>, items?: readonly Py[]) {
    this.typeName = typeName
    this.attributes = new Map(Object.entries(attributes))
    this.items = items
  }
}

/** Raised by the evaluated file itself, e.g. KeyError of `os.environ['X']`; `except` can catch it. */
export class PyException extends Error {
  readonly type: string
  /** Offset in the file of the innermost expression that raised it; the evaluator fills it in. */
  at: number | undefined
  /** Its message is made from values of the file, which may be secrets: only the type is told. */
  private = false
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export function typeName(value: Py): string {
  if (value === null) return 'NoneType'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float'
    case 'string':
      return 'str'
  }
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof PyList) return 'list'
  if (value instanceof PyTuple) return 'tuple'
  if (value instanceof PySet) return 'set'
  if (value instanceof PyDict) return 'dict'
  if (value instanceof PyFunction) return 'function'
  if (value instanceof PyModule) return 'module'
  return value.typeName
}

export function truthy(value: Py): boolean {
  if (value === null) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return value !== 0n
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length > 0
  if (value instanceof PyList || value instanceof PyTuple) return value.items.length > 0
  if (value instanceof PySet || value instanceof PyDict) return value.entries.size > 0
  return true
}

/** Equal values have equal keys: `1`, `1.0` and `True` are one key in Python. */
export function hashKey(value: Py): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? 'n1' : 'n0'
  if (typeof value === 'bigint' || typeof value === 'number') return `n${String(value)}`
  if (typeof value === 'string') return `s${value}`
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('hex')}`
  if (value instanceof PyTuple) {
    return `t${value.items
      .map((item) => hashKey(item))
      .map((key) => `${key.length}:${key}`)
      .join('')}`
  }
  throw new PyException('TypeError', `unhashable type: '${typeName(value)}'`)
}

export function equal(a: Py, b: Py): boolean {
  if (a === b) return true
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if ((a instanceof PyList && b instanceof PyList) || (a instanceof PyTuple && b instanceof PyTuple)) {
    return a.items.length === b.items.length && a.items.every((item, index) => equal(item, b.items[index] ?? null))
  }
  if (a instanceof PySet && b instanceof PySet) {
    return a.entries.size === b.entries.size && [...a.entries.keys()].every((key) => b.entries.has(key))
  }
  if (a instanceof PyDict && b instanceof PyDict) {
    if (a.entries.size !== b.entries.size) return false
    return [...a.entries].every(([hash, [, value]]) => {
      const other = b.entries.get(hash)
      return other !== undefined && equal(value, other[1])
    })
  }
  return false
}

export function isNumber(value: Py): value is boolean | bigint | number {
  return typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number'
}

/** An int for arithmetic: bools count as 0 and 1. */
export function asNumber(value: boolean | bigint | number): bigint | number {
  return typeof value === 'boolean' ? BigInt(value) : value
}

function compareNumbers(a: boolean | bigint | number, b: boolean | bigint | number): number {
  const [left, right] = [asNumber(a), asNumber(b)]
  return left < right ? -1 : left > right ? 1 : left == right ? 0 : Number.NaN // eslint-disable-line eqeqeq -- 1n == 1
}

/** Less, equal, greater as -1, 0, 1. @throws PyException TypeError for types that have no order */
export function compare(a: Py, b: Py): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if ((a instanceof PyList && b instanceof PyList) || (a instanceof PyTuple && b instanceof PyTuple)) {
    for (const [index, item] of a.items.entries()) {
      if (index >= b.items.length) return 1
      const other = b.items[index] ?? null
      if (!equal(item, other)) return compare(item, other)
    }
    return a.items.length === b.items.length ? 0 : -1
  }
  throw new PyException('TypeError', `'${typeName(a)}' and '${typeName(b)}' have no order`)
}

/** By code point, as Python does; JavaScript's `<` goes by UTF-16 unit. */
function compareText(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)]
  for (const [index, character] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return left.length === right.length ? 0 : -1
}

/** What a `for` gives, in order. @throws PyException TypeError */
export function iterate(value: Py): readonly Py[] {
  if (typeof value === 'string') return Array.from(value)
  if (value instanceof Uint8Array) return Array.from(value, (byte) => BigInt(byte))
  if (value instanceof PyList || value instanceof PyTuple) return value.items
  if (value instanceof PySet) return [...value.entries.values()]
  if (value instanceof PyDict) return [...value.keys()]
  if (value instanceof PyObject && value.items) return value.items
  throw new PyException('TypeError', `'${typeName(value)}' object is not iterable`)
}
