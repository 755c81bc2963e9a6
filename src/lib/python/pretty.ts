import {pythonRepr, PythonTuple, type PythonValue} from './repr.js'

const indentStep = 4
const width = 80

/**
 * A value as Python's `pprint.pformat(value, indent=4)` lays it out, with sorted keys and lines of 80 columns: what
 * `policy p_export` and its kin write (spec/04 §7.2).
 */
export function pythonPretty(value: PythonValue): string {
  return format(sorted(value), 0, 0, 0)
}

/**
 * @param column where the value begins
 * @param after characters that must fit behind it on its last line
 */
function format(value: PythonValue, column: number, after: number, level: number): string {
  const short = pythonRepr(value)
  if (short.length <= width - column - after) return short
  if (typeof value === 'string') return formatText(value, column, after, level + 1)
  if (value instanceof PythonTuple) {
    const end = value.items.length === 1 ? ',)' : ')'
    return `(${formatItems(value.items, column, after + end.length, level + 1)}${end}`
  }
  if (Array.isArray(value)) return `[${formatItems(value as readonly PythonValue[], column, after + 1, level + 1)}]`
  if (value instanceof Map) return formatEntries(value as ReadonlyMap<string, PythonValue>, column, after, level + 1)
  return short
}

function formatItems(items: readonly PythonValue[], column: number, after: number, level: number): string {
  const inner = column + indentStep
  const parts = items.map((item, index) => format(item, inner, index === items.length - 1 ? after : 1, level))
  return ' '.repeat(indentStep - 1) + parts.join(`,\n${' '.repeat(inner)}`)
}

function formatEntries(
  entries: ReadonlyMap<string, PythonValue>,
  column: number,
  after: number,
  level: number,
): string {
  const inner = column + indentStep
  const parts = [...entries].map(([key, item], index) => {
    const name = pythonRepr(key)
    return `${name}: ${format(item, inner + name.length + 2, index === entries.size - 1 ? after + 1 : 1, level)}`
  })
  return `{${' '.repeat(indentStep - 1)}${parts.join(`,\n${' '.repeat(inner)}`)}}`
}

/** A long text becomes several literals, broken at line ends and behind blanks. */
function formatText(text: string, column: number, after: number, level: number): string {
  const outermost = level === 1
  const start = outermost ? column + 1 : column
  const tail = outermost ? after + 1 : after
  const lines = text.match(/[^\n]*\n|[^\n]+/g) ?? []
  const chunks: string[] = []
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1
    const whole = pythonRepr(line)
    if (whole.length <= width - start - (last ? tail : 0)) {
      chunks.push(whole)
      continue
    }
    const words = line.match(/\S*\s*/g)!.filter((word) => word !== '')
    let current = ''
    for (const [at, word] of words.entries()) {
      const limit = width - start - (last && at === words.length - 1 ? tail : 0)
      if (pythonRepr(current + word).length > limit) {
        if (current) chunks.push(pythonRepr(current))
        current = word
      } else current += word
    }
    if (current) chunks.push(pythonRepr(current))
  }
  if (chunks.length === 1) return chunks[0]!
  const joined = chunks.join(`\n${' '.repeat(start)}`)
  return outermost ? `(${joined})` : joined
}

/** Mappings become Maps with sorted keys, at every depth. */
function sorted(value: PythonValue): PythonValue {
  if (value instanceof PythonTuple) return new PythonTuple(value.items.map(sorted))
  if (Array.isArray(value)) return (value as readonly PythonValue[]).map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries =
    value instanceof Map
      ? [...(value as ReadonlyMap<string, PythonValue>)]
      : Object.entries(value as {[key: string]: PythonValue})
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([key, item]) => [key, sorted(item)]))
}
