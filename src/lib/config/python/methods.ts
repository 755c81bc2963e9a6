import {braceFormat, maxText} from './format.js'
import {
  compare,
  equal,
  iterate,
  PyDict,
  PyException,
  PyFunction,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  typeName,
  type Arguments,
  type Py,
} from './values.js'

type Method<T> = (self: T, args: Arguments) => Py

/** A method of a value, or undefined when it is not among those understood. */
export function methodOf(value: Py, name: string): PyFunction | undefined {
  const bind = <T>(table: Record<string, Method<T>>, self: T) => {
    const method = Object.hasOwn(table, name) ? table[name] : undefined
    return method && new PyFunction(name, (args) => method(self, args))
  }
  if (typeof value === 'string') return bind(textMethods, value)
  if (value instanceof Uint8Array) return bind(bytesMethods, value)
  if (value instanceof PyList) return bind(listMethods, value)
  if (value instanceof PyTuple) return bind(tupleMethods, value)
  if (value instanceof PyDict) return bind(dictMethods, value)
  if (value instanceof PySet) return bind(setMethods, value)
  return undefined
}

/** The argument at a position or by name; `fallback` when it is absent. */
export function argument(args: Arguments, index: number, name: string, fallback?: Py): Py {
  const value = args.positional[index] ?? args.named.get(name)
  if (value !== undefined) return value
  if (index < args.positional.length) return null
  if (fallback === undefined) throw new PyException('TypeError', `missing argument '${name}'`)
  return fallback
}

export function textArgument(args: Arguments, index: number, name: string, fallback?: string): string {
  const value = argument(args, index, name, fallback)
  if (typeof value !== 'string')
    throw new PyException('TypeError', `argument '${name}' must be str, not ${typeName(value)}`)
  return value
}

function countArgument(args: Arguments, index: number, name: string, fallback: bigint): number {
  const value = argument(args, index, name, fallback)
  if (typeof value !== 'bigint')
    throw new PyException('TypeError', `argument '${name}' must be int, not ${typeName(value)}`)
  return Number(value)
}

const blank = '\\s\\x1c-\\x1f\\x85'

/** Python counts the separators U+001C to U+001F and U+0085 as white space, and no byte order mark. */
function strip(text: string, characters: Py, sides: 'both' | 'left' | 'right'): string {
  let set: string
  if (characters === null) set = blank
  else if (typeof characters === 'string')
    set = [...characters].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join('')
  else throw new PyException('TypeError', 'strip arg must be None or str')
  if (set === '') return text
  let result = text
  if (sides !== 'right') result = result.replace(new RegExp(`^[${set}]+`, 'u'), '')
  if (sides !== 'left') {
    const found = Array.from(result)
    const matches = new RegExp(`[${set}]`, 'u')
    while (found.length > 0 && matches.test(found.at(-1) ?? '')) found.pop()
    result = found.join('')
  }
  return result
}

function split(text: string, args: Arguments, fromRight = false): PyList {
  const separator = argument(args, 0, 'sep', null)
  const limit = countArgument(args, 1, 'maxsplit', -1n)
  if (separator === null) {
    const words = [...text.matchAll(new RegExp(`[^${blank}]+`, 'g'))]
    if (limit < 0 || words.length <= limit + 1) return new PyList(words.map((word) => word[0]))
    if (fromRight) {
      const cut = words[words.length - limit]
      const head = strip(text.slice(0, cut?.index ?? text.length), null, 'both')
      return new PyList([...(head ? [head] : []), ...words.slice(words.length - limit).map((word) => word[0])])
    }
    const rest = words[limit]
    return new PyList([
      ...words.slice(0, limit).map((word) => word[0]),
      strip(text.slice(rest?.index ?? 0), null, 'right'),
    ])
  }
  if (typeof separator !== 'string') throw new PyException('TypeError', 'must be str or None')
  if (separator === '') throw new PyException('ValueError', 'empty separator')
  const parts = text.split(separator)
  if (limit < 0 || parts.length <= limit + 1) return new PyList(parts)
  if (fromRight) {
    const cut = parts.length - limit
    return new PyList([parts.slice(0, cut).join(separator), ...parts.slice(cut)])
  }
  return new PyList([...parts.slice(0, limit), parts.slice(limit).join(separator)])
}

function startsOrEnds(text: string, args: Arguments, test: (text: string, part: string) => boolean): boolean {
  const parts = argument(args, 0, 'prefix')
  return (parts instanceof PyTuple ? parts.items : [parts]).some((part) => {
    if (typeof part !== 'string') throw new PyException('TypeError', 'first arg must be str or a tuple of str')
    return test(text, part)
  })
}

function pad(text: string, args: Arguments, side: 'start' | 'end'): string {
  const fill = textArgument(args, 1, 'fillchar', ' ')
  const padding = fill.repeat(
    Math.max(0, Math.min(maxText, countArgument(args, 0, 'width', 0n)) - Array.from(text).length),
  )
  return side === 'start' ? padding + text : text + padding
}

const textMethods: Record<string, Method<string>> = {
  capitalize: (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
  casefold: (text) => text.toLowerCase(),
  count: (text, args) => BigInt(text.split(textArgument(args, 0, 'sub')).length - 1),
  encode(text, args) {
    const encoding = textArgument(args, 0, 'encoding', 'utf-8').toLowerCase().replaceAll('_', '-')
    if (['utf-8', 'utf8'].includes(encoding)) return Uint8Array.from(Buffer.from(text, 'utf8'))
    const limit = ['ascii', 'us-ascii'].includes(encoding)
      ? 0x7f
      : ['iso-8859-1', 'latin-1', 'latin1'].includes(encoding)
        ? 0xff
        : -1
    if (limit < 0) throw new PyException('LookupError', 'unknown encoding')
    if ([...text].some((character) => (character.codePointAt(0) ?? 0) > limit))
      throw new PyException('UnicodeEncodeError', 'character out of range')
    return Uint8Array.from(Buffer.from(text, 'latin1'))
  },
  endswith: (text, args) => startsOrEnds(text, args, (whole, part) => whole.endsWith(part)),
  find: (text, args) => BigInt(indexOf(text, textArgument(args, 0, 'sub'))),
  format(text, {named, positional}) {
    let next = 0
    return braceFormat(text, (name) => {
      const [, head = '', path = ''] = /^([^.[]*)([^]*)$/.exec(name) ?? []
      const index = head === '' ? next++ : /^\d+$/.test(head) ? Number(head) : undefined
      let value = index === undefined ? named.get(head) : positional[index]
      if (value === undefined)
        throw new PyException(index === undefined ? 'KeyError' : 'IndexError', 'a field has no value')
      for (const [, attribute, key] of path.matchAll(/\.([^.[]+)|\[([^\]]*)\]/g)) {
        if (attribute !== undefined)
          throw new PyException('AttributeError', `'${typeName(value)}' object has no such attribute`)
        const index = /^\d+$/.test(key ?? '') ? BigInt(key ?? 0) : (key ?? '')
        const item: Py | undefined =
          value instanceof PyDict
            ? value.get(index)
            : (value instanceof PyList || value instanceof PyTuple) && typeof index === 'bigint'
              ? value.items[Number(index)]
              : undefined
        if (item === undefined) throw new PyException('KeyError', 'there is no such key')
        value = item
      }
      return value
    })
  },
  index(text, args) {
    const found = indexOf(text, textArgument(args, 0, 'sub'))
    if (found < 0) throw new PyException('ValueError', 'substring not found')
    return BigInt(found)
  },
  isalnum: (text) => /^[\p{L}\p{N}]+$/u.test(text),
  isalpha: (text) => /^\p{L}+$/u.test(text),
  isdigit: (text) => /^\p{Nd}+$/u.test(text),
  islower: (text) => /\p{L}/u.test(text) && text === text.toLowerCase(),
  isspace: (text) => new RegExp(`^[${blank}]+$`).test(text),
  isupper: (text) => /\p{L}/u.test(text) && text === text.toUpperCase(),
  join(text, args) {
    const parts = iterate(argument(args, 0, 'iterable'))
    return parts
      .map((part) => {
        if (typeof part !== 'string')
          throw new PyException('TypeError', `expected str instance, ${typeName(part)} found`)
        return part
      })
      .join(text)
  },
  ljust: (text, args) => pad(text, args, 'end'),
  lower: (text) => text.toLowerCase(),
  lstrip: (text, args) => strip(text, argument(args, 0, 'chars', null), 'left'),
  partition(text, args) {
    const separator = textArgument(args, 0, 'sep')
    const at = text.indexOf(separator)
    return new PyTuple(at < 0 ? [text, '', ''] : [text.slice(0, at), separator, text.slice(at + separator.length)])
  },
  removeprefix(text, args) {
    const prefix = textArgument(args, 0, 'prefix')
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  removesuffix(text, args) {
    const suffix = textArgument(args, 0, 'suffix')
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  },
  replace(text, args) {
    const [from, to] = [textArgument(args, 0, 'old'), textArgument(args, 1, 'new')]
    const limit = countArgument(args, 2, 'count', -1n)
    if (text.length * Math.max(1, to.length) > maxText * 16)
      throw new PyException('MemoryError', 'the text is too long')
    if (limit < 0)
      return from === ''
        ? to +
            Array.from(text)
              .map((one) => one + to)
              .join('')
        : text.replaceAll(from, () => to)
    const parts = text.split(from)
    return (
      parts.slice(0, limit + 1).join(to) +
      parts
        .slice(limit + 1)
        .map((part) => from + part)
        .join('')
    )
  },
  rfind: (text, args) => {
    const at = text.lastIndexOf(textArgument(args, 0, 'sub'))
    return BigInt(at < 0 ? at : Array.from(text.slice(0, at)).length)
  },
  rjust: (text, args) => pad(text, args, 'start'),
  rpartition(text, args) {
    const separator = textArgument(args, 0, 'sep')
    const at = text.lastIndexOf(separator)
    return new PyTuple(at < 0 ? ['', '', text] : [text.slice(0, at), separator, text.slice(at + separator.length)])
  },
  rsplit: (text, args) => split(text, args, true),
  rstrip: (text, args) => strip(text, argument(args, 0, 'chars', null), 'right'),
  split: (text, args) => split(text, args),
  splitlines: (text) => {
    const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/) // eslint-disable-line no-control-regex -- Python's line boundaries
    if (lines.at(-1) === '') lines.pop()
    return new PyList(lines)
  },
  startswith: (text, args) => startsOrEnds(text, args, (whole, part) => whole.startsWith(part)),
  strip: (text, args) => strip(text, argument(args, 0, 'chars', null), 'both'),
  swapcase: (text) =>
    [...text].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join(''),
  title: (text) => text.replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()),
  upper: (text) => text.toUpperCase(),
  zfill(text, args) {
    const [, sign = '', digits = ''] = /^([-+]?)([^]*)$/.exec(text) ?? []
    const width = Math.min(maxText, countArgument(args, 0, 'width', 0n))
    return sign + '0'.repeat(Math.max(0, width - Array.from(text).length)) + digits
  },
}

function indexOf(text: string, part: string): number {
  const at = text.indexOf(part)
  return at < 0 ? at : Array.from(text.slice(0, at)).length
}

const bytesMethods: Record<string, Method<Uint8Array>> = {
  decode(bytes, args) {
    const encoding = textArgument(args, 0, 'encoding', 'utf-8').toLowerCase().replaceAll('_', '-')
    if (['ascii', 'us-ascii', 'utf-8', 'utf8'].includes(encoding)) {
      try {
        return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
      } catch {
        throw new PyException('UnicodeDecodeError', 'the bytes are no UTF-8 text')
      }
    }
    if (['iso-8859-1', 'latin-1', 'latin1'].includes(encoding)) return Buffer.from(bytes).toString('latin1')
    throw new PyException('LookupError', 'unknown encoding')
  },
  hex: (bytes) => Buffer.from(bytes).toString('hex'),
  strip: (bytes) =>
    Uint8Array.from(
      Buffer.from(
        Buffer.from(bytes)
          .toString('latin1')
          .replace(/^[\t-\r ]+|[\t-\r ]+$/g, ''),
        'latin1',
      ),
    ),
}

const listMethods: Record<string, Method<PyList>> = {
  append(list, args) {
    list.items.push(argument(args, 0, 'object'))
    return null
  },
  copy: (list) => new PyList([...list.items]),
  count: (list, args) => BigInt(list.items.filter((item) => equal(item, argument(args, 0, 'value'))).length),
  extend(list, args) {
    for (const item of [...iterate(argument(args, 0, 'iterable'))]) list.items.push(item)
    return null
  },
  index(list, args) {
    const found = list.items.findIndex((item) => equal(item, argument(args, 0, 'value')))
    if (found < 0) throw new PyException('ValueError', 'the value is not in the list')
    return BigInt(found)
  },
  insert(list, args) {
    list.items.splice(countArgument(args, 0, 'index', 0n), 0, argument(args, 1, 'object'))
    return null
  },
  pop(list, args) {
    const [item] = list.items.splice(countArgument(args, 0, 'index', -1n), 1)
    if (item === undefined) throw new PyException('IndexError', 'pop from empty list')
    return item
  },
  remove(list, args) {
    const found = list.items.findIndex((item) => equal(item, argument(args, 0, 'value')))
    if (found < 0) throw new PyException('ValueError', 'the value is not in the list')
    list.items.splice(found, 1)
    return null
  },
  reverse(list) {
    list.items.reverse()
    return null
  },
  sort(list) {
    list.items.sort(compare)
    return null
  },
}

const tupleMethods: Record<string, Method<PyTuple>> = {
  count: (tuple, args) => BigInt(tuple.items.filter((item) => equal(item, argument(args, 0, 'value'))).length),
  index(tuple, args) {
    const found = tuple.items.findIndex((item) => equal(item, argument(args, 0, 'value')))
    if (found < 0) throw new PyException('ValueError', 'the value is not in the tuple')
    return BigInt(found)
  },
}

const dictMethods: Record<string, Method<PyDict>> = {
  copy: (dict) => PyDict.of(dict.entries.values()),
  get(dict, args) {
    const value = dict.get(argument(args, 0, 'key'))
    return value === undefined ? argument(args, 1, 'default', null) : value
  },
  items: (dict) => new PyList([...dict.entries.values()].map((pair) => new PyTuple(pair))),
  keys: (dict) => new PyList([...dict.keys()]),
  pop(dict, args) {
    const key = argument(args, 0, 'key')
    const value = dict.get(key)
    if (value === undefined) {
      if (args.positional.length > 1) return args.positional[1] ?? null
      throw new PyException('KeyError', 'there is no such key')
    }
    dict.delete(key)
    return value
  },
  setdefault(dict, args) {
    const key = argument(args, 0, 'key')
    const known = dict.get(key)
    if (known !== undefined) return known
    const value = argument(args, 1, 'default', null)
    dict.set(key, value)
    return value
  },
  update(dict, args) {
    const from = args.positional[0]
    if (from !== undefined) for (const [key, value] of pairsOf(from)) dict.set(key, value)
    for (const [key, value] of args.named) dict.set(key, value)
    return null
  },
  values: (dict) => new PyList([...dict.values()]),
}

const setMethods: Record<string, Method<PySet>> = {
  add(set, args) {
    for (const [key, item] of new PySet([argument(args, 0, 'elem')]).entries) set.entries.set(key, item)
    return null
  },
  union: (set, args) => new PySet([...set.entries.values(), ...args.positional.flatMap((other) => iterate(other))]),
}

/** Key and value of what `dict(...)` and `update(...)` take. */
export function pairsOf(value: Py): (readonly [Py, Py])[] {
  if (value instanceof PyDict) return [...value.entries.values()]
  if (value instanceof PyObject && !value.items)
    throw new PyException('TypeError', `'${value.typeName}' object is not iterable`)
  return iterate(value).map((pair) => {
    const [key, item, ...rest] = iterate(pair)
    if (key === undefined || item === undefined || rest.length > 0)
      throw new PyException('ValueError', 'a pair is needed')
    return [key, item] as const
  })
}
