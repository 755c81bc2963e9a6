import {repr, str, floatText} from './text.js'
import {asNumber, isNumber, PyDict, PyException, PyTuple, typeName, type Py} from './values.js'

/** Longest text this evaluator makes, so that a hostile width cannot fill the memory. */
export const maxText = 4 * 1024 * 1024

function bounded(width: number): number {
  if (width > maxText) throw new PyException('MemoryError', 'the text is too long')
  return width
}

/** `format(value, spec)`: fill, alignment, sign, width, grouping, precision and type of the format mini-language. */
export function formatValue(value: Py, spec: string): string {
  if (spec === '') return str(value)
  const match = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/su.exec(spec)
  if (!match) throw new PyException('ValueError', 'Invalid format specifier')
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = match
  const isText = !isNumber(value) || (typeof value === 'boolean' && type === undefined)
  let body: string
  let prefix = ''
  if (isText) {
    if (type !== undefined && type !== 's')
      throw new PyException('ValueError', `Unknown format code '${type}' for ${typeName(value)}`)
    body = str(value)
    if (precision !== undefined)
      body = Array.from(body)
        .slice(0, bounded(Number(precision)))
        .join('')
  } else {
    const number = asNumber(value)
    body = numberBody(number < 0 ? -number : number, type, precision, grouping)
    if (number < 0 || Object.is(number, -0)) prefix = '-'
    else if (sign === '+' || sign === ' ') prefix = sign
    if (alternate && type && 'bxXo'.includes(type)) prefix += `0${type}`
  }
  const length = Array.from(body).length + prefix.length
  const missing = Math.max(0, bounded(Number(width ?? 0)) - length)
  const padding = (fill ?? (zero ? '0' : ' ')).repeat(missing)
  switch (align ?? (zero && !isText ? '=' : isText ? '<' : '>')) {
    case '<':
      return prefix + body + padding
    case '^':
      return padding.slice(0, Math.floor(missing / 2)) + prefix + body + padding.slice(Math.floor(missing / 2))
    case '=':
      return prefix + padding + body
    default:
      return padding + prefix + body
  }
}

/** Digits of a number that is not negative. */
function numberBody(
  number: bigint | number,
  type: string | undefined,
  precision: string | undefined,
  grouping: string | undefined,
): string {
  const digits = bounded(Number(precision ?? 6))
  if (digits > 100) throw new PyException('ValueError', 'precision too big')
  let body: string
  if (typeof number === 'bigint' && (type === undefined || 'bdnoxXc'.includes(type))) {
    if (type === 'b') body = number.toString(2)
    else if (type === 'o') body = number.toString(8)
    else if (type === 'x') body = number.toString(16)
    else if (type === 'X') body = number.toString(16).toUpperCase()
    else if (type === 'c') body = String.fromCodePoint(Number(number))
    else body = String(number)
  } else {
    const float = Number(number)
    if (type === 'e' || type === 'E') {
      body = float.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
      if (type === 'E') body = body.toUpperCase()
    } else if (type === 'f' || type === 'F') body = float.toFixed(digits)
    else if (type === '%') body = `${(float * 100).toFixed(digits)}%`
    else if (type === undefined && precision === undefined) body = floatText(float)
    else if (type === undefined || 'gGn'.includes(type)) body = general(float, Math.max(1, digits))
    else throw new PyException('ValueError', `Unknown format code '${type}' for float`)
  }
  return grouping ? body.replace(/^\d+/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, grouping)) : body
}

function general(float: number, digits: number): string {
  const exponent = float === 0 ? 0 : Math.floor(Math.log10(float))
  if (exponent < -4 || exponent >= digits) {
    return float
      .toExponential(digits - 1)
      .replace(/\.?0*e/, 'e')
      .replace(/e([+-])(\d)$/, 'e$10$2')
  }
  const text = float.toPrecision(digits)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** `template % values`. */
export function percentFormat(template: string, values: Py): string {
  const list = values instanceof PyTuple ? values.items : [values]
  let next = 0
  const take = (): Py => {
    if (next >= list.length) throw new PyException('TypeError', 'not enough arguments for format string')
    return list[next++] ?? null
  }
  const text = template.replace(
    /%(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([^])?/g,
    (
      _whole,
      key: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      type: string | undefined,
    ) => {
      if (type === undefined) throw new PyException('ValueError', 'incomplete format')
      if (type === '%') return '%'
      const fieldWidth = width === '*' ? String(Number(take())) : width
      const fieldPrecision = precision === '*' ? String(Number(take())) : precision
      let value: Py
      if (key === undefined) value = take()
      else {
        if (!(values instanceof PyDict)) throw new PyException('TypeError', 'format requires a mapping')
        const found = values.get(key)
        if (found === undefined) throw new PyException('KeyError', 'there is no such key')
        value = found
        next = list.length
      }
      return percentField(value, flags, fieldWidth, fieldPrecision, type)
    },
  )
  if (next < list.length && !(values instanceof PyDict)) {
    throw new PyException('TypeError', 'not all arguments converted during string formatting')
  }
  return text
}

function percentField(
  value: Py,
  flags: string,
  width: string | undefined,
  precision: string | undefined,
  type: string,
): string {
  const align = flags.includes('-') ? '<' : '>'
  if ('sra'.includes(type)) {
    const text = type === 's' ? str(value) : repr(value)
    return formatValue(text, `${align}${width ?? ''}${precision === undefined ? '' : `.${precision}`}`)
  }
  if (!isNumber(value))
    throw new PyException('TypeError', `%${type} format: a number is required, not ${typeName(value)}`)
  if (!'diuxXofFeEgG'.includes(type)) throw new PyException('ValueError', `unsupported format character '${type}'`)
  const integral = 'diuxXo'.includes(type)
  const number = integral ? BigInt(Math.trunc(Number(value))) : Number(value)
  const exact = integral && typeof value === 'bigint' ? value : number
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const zero = flags.includes('0') && !flags.includes('-')
  const spec = `${zero ? '' : align}${sign}${flags.includes('#') ? '#' : ''}${zero ? '0' : ''}${width ?? ''}`
  return formatValue(
    exact,
    `${spec}${precision === undefined || integral ? '' : `.${precision}`}${'iu'.includes(type) ? 'd' : type}`,
  )
}

/**
 * `template.format(...)`. `field` gives the value of a replacement field (`0`, `name`, `name.attribute[key]`), the rest
 * (doubled braces, `!r`, format specifications with nested fields) is done here.
 */
export function braceFormat(template: string, field: (name: string) => Py, depth = 0): string {
  if (depth > 2) throw new PyException('ValueError', 'Max string recursion exceeded')
  let text = ''
  for (let index = 0; index < template.length; index++) {
    const character = template[index] ?? ''
    if ((character === '{' || character === '}') && template[index + 1] === character) {
      text += character
      index += 1
    } else if (character === '}') {
      throw new PyException('ValueError', "Single '}' encountered in format string")
    } else if (character === '{') {
      const end = closingBrace(template, index)
      const match = /^((?:[^!:[]|\[[^\]]*\])*)(?:!([rsa]))?(?::([^]*))?$/.exec(template.slice(index + 1, end))
      if (!match) throw new PyException('ValueError', 'a replacement field cannot be read')
      const value = field(match[1] ?? '')
      const spec = match[3] ? braceFormat(match[3], field, depth + 1) : ''
      text += formatValue(match[2] === undefined ? value : match[2] === 's' ? str(value) : repr(value), spec)
      index = end
    } else text += character
    bounded(text.length)
  }
  return text
}

function closingBrace(template: string, open: number): number {
  let depth = 0
  for (let index = open; index < template.length; index++) {
    if (template[index] === '{') depth += 1
    if (template[index] === '}' && --depth === 0) return index
  }
  throw new PyException('ValueError', "expected '}' before end of string")
}
