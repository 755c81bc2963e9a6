/**
 * The integer that Python's `int(text)` gives: blanks around, a sign, `_` between digits and decimal digits of every
 * script are allowed.
 * @returns undefined when Python would raise
 */
export function pythonInteger(text: string): bigint | undefined {
  // eslint-disable-next-line no-control-regex -- Python strips the separators U+001C to U+001F too
  const trimmed = text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/gu, '')
  const match = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(trimmed)
  if (!match) return undefined
  const digits = [...match[2]!.replaceAll('_', '')].map((digit) => decimalValue(digit)).join('')
  const value = BigInt(digits)
  return match[1] === '-' ? -value : value
}

/** Decimal digits stand in runs of ten with ascending code points, the first of which is zero. */
function decimalValue(digit: string): number {
  let code = digit.codePointAt(0)!
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  // The mathematical digits are five runs without a gap, from U+1D7CE on.
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10
  let value = 0
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - 1))) {
    code -= 1
    value += 1
  }
  return value
}
