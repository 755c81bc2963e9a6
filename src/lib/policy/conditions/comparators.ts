import {parseTimedelta} from '../../python/timedelta.js'
import {compileAnchored} from '../elements.js'
import type {ConditionValue} from './contract.js'

/** Thrown by a comparator for operands it cannot compare; the caller words it for the policy. */
export class InvalidComparison extends Error {}

export type Comparator = (left: ConditionValue, right: string, now: Date) => boolean

/** Strict, without conversion: a number or boolean never equals a text (spec/07 §5.3). */
const equals: Comparator = (left, right) => left === right

const contains: Comparator = (left, right) => {
  if (!Array.isArray(left)) throw new InvalidComparison('not a list')
  return left.includes(right)
}

/** Python `re.match` of `^right$`. */
const matches: Comparator = (left, right) => {
  if (typeof left !== 'string') throw new InvalidComparison('not a text')
  const regex = compileAnchored(right)
  if (!regex) throw new InvalidComparison('not a regular expression')
  return regex(left)
}

const isIn: Comparator = (left, right) => csvCells(right).some((cell) => cell === left)

const below: Comparator = (left, right) => integer(left) < integer(right)
const above: Comparator = (left, right) => integer(left) > integer(right)

const dateBefore: Comparator = (left, right) => moment(left) < moment(right)
const dateAfter: Comparator = (left, right) => moment(left) > moment(right)
const dateWithinLast: Comparator = (left, right, now) => {
  return moment(left) >= now.getTime() - duration(right) * 1000
}

const stringContains: Comparator = (left, right) => {
  if (typeof left !== 'string') throw new InvalidComparison('not a text')
  return left.toLowerCase().includes(right.toLowerCase())
}

const not =
  (comparator: Comparator): Comparator =>
  (left, right, now) =>
    !comparator(left, right, now)

/** All comparators; those from `date_before` on since 3.12. */
export const comparators: ReadonlyMap<string, Comparator> = new Map(
  Object.entries({
    equals,
    '!equals': not(equals),
    contains,
    '!contains': not(contains),
    matches,
    '!matches': not(matches),
    in: isIn,
    '!in': not(isIn),
    '<': below,
    '>': above,
    date_before: dateBefore,
    date_after: dateAfter,
    date_within_last: dateWithinLast,
    '!date_within_last': not(dateWithinLast),
    string_contains: stringContains,
    '!string_contains': not(stringContains),
  }),
)

/** Comparators that 3.8 does not know. */
export const laterComparators: ReadonlySet<string> = new Set([
  'date_before',
  'date_after',
  'date_within_last',
  '!date_within_last',
  'string_contains',
  '!string_contains',
])

/** NULL and empty count as 0. */
function integer(value: ConditionValue): number {
  if (value === null || value === '') return 0
  if (typeof value === 'number') return Math.trunc(value)
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value)) return Number(value.replaceAll('_', ''))
  throw new InvalidComparison('not a number')
}

/** Seconds of a span such as `10d`. */
function duration(text: string): number {
  try {
    return parseTimedelta(text)
  } catch (error) {
    throw new InvalidComparison('not a time span', {cause: error})
  }
}

/** Milliseconds of an ISO date of at least ten characters; one without zone is UTC. */
function moment(value: ConditionValue): number {
  if (typeof value !== 'string' || value.length < 10) throw new InvalidComparison('not a date')
  const iso = value
    .trim()
    .replace(' ', 'T')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(iso)
  const found = Date.parse(zoned || iso.length === 10 ? iso : `${iso}Z`)
  if (Number.isNaN(found)) throw new InvalidComparison('not a date')
  return found
}

/** One CSV line: comma, blanks after it skipped, `"` quotes, `\` escapes (spec/07 §5.3). */
export function csvCells(line: string): string[] {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  let atStart = true
  for (let index = 0; index < line.length; index++) {
    const char = line[index]!
    if (char === '\\') {
      index += 1
      if (index >= line.length) throw new InvalidComparison('malformed list')
      cell += line[index]!
      atStart = false
    } else if (quoted) {
      if (char === '"' && line[index + 1] === '"') {
        cell += '"'
        index += 1
      } else if (char === '"') quoted = false
      else cell += char
    } else if (char === '"' && atStart) {
      quoted = true
      atStart = false
    } else if (char === ',') {
      cells.push(cell)
      cell = ''
      atStart = true
    } else if (char === ' ' && atStart && cell === '') {
      continue
    } else if (char === '\n' || char === '\r') {
      throw new InvalidComparison('malformed list')
    } else {
      cell += char
      atStart = false
    }
  }
  if (quoted) throw new InvalidComparison('malformed list')
  cells.push(cell)
  return cells
}
