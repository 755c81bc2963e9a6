/** A number that Python would hold as a float: `1700000005.0` even without a fraction. */
export class PythonFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/**
 * JSON as Python's `json.dumps(value, sort_keys=True)` writes it: keys in code point order, `, ` and `: ` as separators,
 * everything but ASCII escaped. Signatures of answers cover this text (spec/08 §3.5). Members that are `undefined` are
 * left out.
 */
export function pythonJson(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'number') return number(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof PythonFloat) return float(value.value)
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item)).join(', ')}]`
  if (value instanceof Date) return quote(value.toISOString())
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort(([a], [b]) => byCodePoint(a, b))
    .map(([key, member]) => `${quote(key)}: ${pythonJson(member)}`)
    .join(', ')}}`
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => (character === '\u007f' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

/** Code units above the surrogates come before them, although their numbers are greater. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return weight(left) - weight(right)
  }
  return a.length - b.length
}

function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function number(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : float(value)
}

/** Shortest digits that read back as the same number, in Python's form: `1e-07`, `1e+16`, `0.1`. */
function float(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const plain = String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}
