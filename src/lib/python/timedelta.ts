import {PiError} from '../errors.js'

const unitSeconds: Record<string, number> = {s: 1, m: 60, h: 3600, d: 86_400, y: 365 * 86_400}

/**
 * Reads a time span such as `10d`, `-3h` or ` + 2 m` (spec/03-cli.md §0.2): one number and one of `s m h d y`.
 * @returns seconds
 * @throws PiError USAGE
 */
export function parseTimedelta(text: string): number {
  const match = /^\s*([+-]?)\s*(\d+)\s*([smhdy])\s*$/.exec(text)
  if (!match) {
    throw new PiError('USAGE', `'${text}' is not a time span.`, {
      hints: ['Write a number and one of s, m, h, d, y: 10d'],
    })
  }
  const [, sign, digits, unit] = match
  return (sign === '-' ? -1 : 1) * Number(digits) * unitSeconds[unit!]!
}
