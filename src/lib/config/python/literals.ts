import type {Py} from './values.js'
import {NotUnderstood} from './failure.js'

interface StringLiteral {
  /** Lower-case letters before the quote, e.g. `rb`. */
  prefix: string
  quote: string
  body: string
  /** Offset of the body in the literal. */
  start: number
}

/** Takes prefix and quotes off a string literal. */
export function splitLiteral(text: string, at: number): StringLiteral {
  const match = /^([A-Za-z]*)('''|"""|'|")/.exec(text)
  const prefix = match?.[1]?.toLowerCase() ?? ''
  const quote = match?.[2] ?? ''
  const start = prefix.length + quote.length
  if (!match || text.length < start + quote.length || !text.endsWith(quote))
    throw new NotUnderstood('this text literal', at)
  return {body: text.slice(start, -quote.length), prefix, quote, start}
}

/** The value of `'…'`, `b'…'`, `r'…'`, `u'…'`. @throws NotUnderstood */
export function stringValue(text: string, at: number): string | Uint8Array {
  const {body, prefix} = splitLiteral(text, at)
  const raw = prefix.includes('r')
  // Python reads \r\n and \r in the source as one line feed.
  const normal = body.replace(/\r\n?/g, '\n')
  if (!prefix.includes('b')) return raw ? normal : unescape(normal, at)
  const bytes = raw ? normal : unescape(normal, at, true)
  if (/[^\0-\xff]/.test(bytes) || /[^\0-\x7f]/.test(normal))
    throw new NotUnderstood('a bytes literal with characters beyond ASCII', at)
  return Uint8Array.from(Buffer.from(bytes, 'latin1'))
}

const simpleEscapes: Record<string, string> = {
  '\n': '',
  '"': '"',
  "'": "'",
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Replaces the escape sequences of a Python text (or bytes) literal; unknown ones stay as they are. */
export function unescape(body: string, at: number, bytes = false): string {
  return body.replace(
    /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{0,2})|u([0-9A-Fa-f]{0,4})|U([0-9A-Fa-f]{0,8})|(N\{[^}]*\}?)|([^]))/g,
    (whole: string, ...groups: (string | undefined)[]) => {
      const [octal, x, u, long, name, other] = groups
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & (bytes ? 0xff : 0x1ff))
      if (x !== undefined) return codePoint(x, 2, at)
      if (bytes && other === undefined) return whole
      if (u !== undefined) return codePoint(u, 4, at)
      if (long !== undefined) return codePoint(long, 8, at)
      if (name !== undefined) throw new NotUnderstood('a character by its Unicode name (\\N{…})', at)
      return simpleEscapes[other ?? ''] ?? whole
    },
  )
}

function codePoint(digits: string, length: number, at: number): string {
  const value = parseInt(digits, 16)
  if (digits.length !== length || value > 0x10_ff_ff)
    throw new NotUnderstood('an incomplete escape sequence in a text literal', at)
  return String.fromCodePoint(value)
}

/** An int or a float. @throws NotUnderstood (complex numbers, leading zeros) */
export function numberValue(text: string, at: number): Py {
  const digits = text.replaceAll('_', '')
  if (/^0[xob]/i.test(digits)) {
    try {
      return BigInt(digits.toLowerCase())
    } catch {
      throw new NotUnderstood('this number', at)
    }
  }
  if (/^(?:0+|[1-9]\d*)$/.test(digits)) {
    if (digits.length > 4300) throw new NotUnderstood('a number of more than 4300 digits', at)
    return BigInt(digits)
  }
  if (/^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits) && /[.e]/i.test(digits)) return Number(digits)
  throw new NotUnderstood(/j$/i.test(digits) ? 'a complex number' : 'this number', at)
}
