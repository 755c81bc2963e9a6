/** What `pythonRepr` can write: `undefined` is `None`, a Map keeps its order also for keys that look like numbers. */
export type PythonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>
  | PythonTuple
  | {readonly [key: string]: PythonValue}

/** A tuple, which is written in round brackets. */
export class PythonTuple {
  readonly items: readonly PythonValue[]

  constructor(items: readonly PythonValue[]) {
    this.items = items
  }
}

/** The text that Python 3 shows for a value: `repr(value)`, hence also `str()` of a dict or list (spec/03-cli.md §D.3). */
export function pythonRepr(value: PythonValue): string {
  switch (typeof value) {
    case 'string': {
      return stringRepr(value)
    }
    case 'boolean': {
      return value ? 'True' : 'False'
    }
    case 'number':
    case 'bigint': {
      return String(value)
    }
    case 'undefined': {
      return 'None'
    }
    default: {
      if (value === null) return 'None'
      if (value instanceof PythonTuple) {
        return `(${value.items.map((item) => pythonRepr(item)).join(', ')}${value.items.length === 1 ? ',' : ''})`
      }
      if (Array.isArray(value))
        return `[${(value as readonly PythonValue[]).map((item) => pythonRepr(item)).join(', ')}]`
      const entries = value instanceof Map ? [...value] : Object.entries(value)
      return `{${entries.map(([key, item]) => `${stringRepr(key as string)}: ${pythonRepr(item as PythonValue)}`).join(', ')}}`
    }
  }
}

const special: Record<string, string> = {
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\\': String.raw`\\`,
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const character of text) {
    if (character === quote) out += `\\${character}`
    else if (special[character]) out += special[character]
    else if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) out += character
    else out += escaped(character.codePointAt(0)!)
  }
  return out + quote
}

function escaped(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}
