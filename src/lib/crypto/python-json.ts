/** A value that JSON can say; `bigint` for integers beyond 2^53. Members that are undefined are left out. */
export type JsonValue =
  null | string | number | bigint | boolean | undefined | readonly JsonValue[] | {readonly [key: string]: JsonValue}

interface PythonJsonOptions {
  /** By code points, as Python compares. */
  sortKeys?: boolean
  /** After items and after keys; Python's default has a blank after each. */
  compact?: boolean
}

/**
 * JSON as Python's `json.dumps` writes what it read from `JSON.stringify`: blanks after `,` and `:`, non-ASCII as
 * `\uXXXX`, floats in Python's notation (`1e-05`, `1e+22`). What the originals sign is this text (spec/02 §10.4).
 */
export function pythonJson(value: JsonValue, {sortKeys = false, compact = false}: PythonJsonOptions = {}): string {
  const comma = compact ? ',' : ', '
  const colon = compact ? ':' : ': '
  const write = (item: JsonValue): string => {
    if (item === null || item === undefined) return 'null'
    if (typeof item === 'string') return pythonJsonString(item)
    if (typeof item === 'number') return pythonNumber(item)
    if (typeof item !== 'object') return String(item)
    if (Array.isArray(item)) return `[${item.map(write).join(comma)}]`
    const members = Object.entries(item).filter(([, member]) => member !== undefined)
    if (sortKeys) members.sort(([left], [right]) => compareCodePoints(left, right))
    return `{${members.map(([key, member]) => `${pythonJsonString(key)}${colon}${write(member)}`).join(comma)}}`
  }
  return write(value)
}

/** A text in quotes, ASCII only. */
function pythonJsonString(text: string): string {
  // JSON.stringify escapes control characters the same way, and leaves DEL and everything above alone.
  return JSON.stringify(text).replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * A number as Python prints it after reading JavaScript's: what has no point and no exponent is an integer. Infinite
 * values and NaN, which JSON cannot say, are null.
 */
export function pythonNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  const text = JSON.stringify(value)
  return /[.e]/.test(text) ? pythonFloat(value) : text
}

/** `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  const [, sign = '', digits = '', exponentText = '0'] = /^(-?)([\d.]+)e([+-]\d+)$/.exec(value.toExponential()) ?? []
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const power = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${power}`
  }
  const negativeZero = Object.is(value, -0) ? '-' : ''
  const text = String(value)
  return negativeZero + (text.includes('.') ? text : `${text}.0`)
}

/** JavaScript compares UTF-16 units, which puts astral characters before U+E000. */
function compareCodePoints(left: string, right: string): number {
  const [ours, theirs] = [Array.from(left), Array.from(right)]
  for (let at = 0; at < Math.min(ours.length, theirs.length); at++) {
    const difference = (ours[at]?.codePointAt(0) ?? 0) - (theirs[at]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return ours.length - theirs.length
}
