import {PiError} from '../errors.js'

/** A point in time as it was written; without `offsetSeconds` it is naive. */
export interface WrittenDate {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
  microsecond: number
  offsetSeconds?: number
  /** True when day and month could have been meant the other way round (`01/02/2021`). */
  ambiguous: boolean
}

export interface DateReading {
  /** Where the missing parts come from. */
  today: Date
  /** `01/02/2021` is the first of February. Otherwise it is the second of January, as the originals read it. */
  dayFirst?: boolean
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const halfDay = String.raw`(?:([ap])\.?m\b\.?)`
const timePattern = new RegExp(
  String.raw`(?:^|[\sT,])(?:at\s+)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d*))?)?\s*${halfDay}?`,
  'i',
)
const hourPattern = new RegExp(String.raw`(?:^|[\sT,])(\d{1,2})\s*${halfDay}`, 'i')
const zonePattern = /^\s*(?:(UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?|(Z|[A-Z]{3,5}))\s*$/

/**
 * Reads a date the way the Python library of the originals does, as far as people and servers write dates
 * (spec/03-cli.md §0.2a): ISO 8601, `YYYY/MM/DD`, `YYYYMMDD`, day and month by number or English name, 12-hour clock.
 * @returns undefined for anything else
 */
export function readDate(text: string, {today, dayFirst = false}: DateReading): WrittenDate | undefined {
  let rest = text.trim().replace(/^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?\s*/i, '')
  if (rest === '') return undefined

  const compact = /^(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?(?:[.,](\d+))?/.exec(rest)
  const isoHour = /^(\d{4}-\d{1,2}-\d{1,2})[T ](\d{2})(?=$|[+-]|\s*Z)/.exec(rest)
  let time: RegExpExecArray | null = null
  let clock: Clock = {hour: 0, minute: 0, second: 0, microsecond: 0}
  let offsetSeconds: number | undefined
  let hasTime = true
  if (compact) {
    clock = {hour: +compact[4]!, minute: +compact[5]!, second: +(compact[6] ?? 0), microsecond: fraction(compact[7])}
    const zone = readZone(rest.slice(compact[0].length))
    if (zone === 'none') return undefined
    offsetSeconds = zone
    rest = rest.slice(0, 8)
  } else if (isoHour) {
    clock.hour = +isoHour[2]!
    const zone = readZone(rest.slice(isoHour[0].length))
    if (zone === 'none') return undefined
    offsetSeconds = zone
    rest = isoHour[1]!
  } else if ((time = timePattern.exec(rest)) || (time = hourPattern.exec(rest))) {
    const long = time.length > 3
    const half = long ? time[5] : time[2]
    clock = {
      hour: +time[1]!,
      minute: long ? +time[2]! : 0,
      second: long ? +(time[3] ?? 0) : 0,
      microsecond: long ? fraction(time[4]) : 0,
    }
    if (half) {
      if (clock.hour > 12) return undefined
      clock.hour = (clock.hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
    }
    const before = rest.slice(0, time.index)
    const after = rest.slice(time.index + time[0].length)
    const zone = readZone(after)
    if (zone === 'none') rest = `${before} ${after}`.trim()
    else {
      offsetSeconds = zone
      rest = before
    }
  } else hasTime = false

  rest = rest
    .trim()
    .replace(/[T,]$/, '')
    .replace(/\s+at$/i, '')
    .trim()
  const date = rest === '' && hasTime ? datePart(today) : readDay(rest, {today, dayFirst})
  if (!date) return undefined
  const {ambiguous, ...day} = date
  const read: WrittenDate = {...day, ...clock, ambiguous, ...(offsetSeconds !== undefined && {offsetSeconds})}
  return isValid(read) ? read : undefined
}

/**
 * Microseconds since 1970-01-01 UTC.
 * @param naive what a date without offset means
 */
export function epochMicroseconds(date: WrittenDate, naive: 'local' | 'utc'): number {
  const {year, month, day, hour, minute, second, microsecond, offsetSeconds} = date
  if (offsetSeconds === undefined && naive === 'local') {
    const local = new Date(2000, 0, 1, hour, minute, second)
    local.setFullYear(year, month - 1, day)
    return local.getTime() * 1000 + microsecond
  }
  const utc = new Date(Date.UTC(2000, 0, 1, hour, minute, second))
  utc.setUTCFullYear(year, month - 1, day)
  return (utc.getTime() - (offsetSeconds ?? 0) * 1000) * 1000 + microsecond
}

/**
 * Reads a date that an operator gave; without offset it is local time.
 * @param ambiguous `refuse` rejects `01/02/2021`, `month-first` reads it as the originals do
 * @returns microseconds since 1970-01-01 UTC
 * @throws PiError USAGE
 */
export function givenDate(
  text: string,
  {today, ambiguous}: {today: Date; ambiguous: 'refuse' | 'month-first'},
): number {
  const read = readDate(text, {today})
  if (!read) throw new PiError('USAGE', `'${text}' is not a date.`, {hints: ['Write it as 2025-01-31T18:00:00+01:00']})
  if (read.ambiguous && ambiguous === 'refuse') {
    throw new PiError('USAGE', `'${text}' can mean two days.`, {hints: ['Write it as 2025-01-31']})
  }
  return epochMicroseconds(read, 'local')
}

/**
 * Reads a date that a server stored in a token detail: without offset it is local time, and then `dd/` or `dd.` in front
 * is the day (spec/05-tokens-core.md §1.5 "legacy time").
 * @returns microseconds since 1970-01-01 UTC, undefined when it is no date
 */
export function storedDate(text: string, today: Date): number | undefined {
  const read = readDate(text, {today})
  if (!read) return undefined
  if (read.offsetSeconds !== undefined || !/^\d\d[/.]/.test(text)) return epochMicroseconds(read, 'local')
  const legacy = readDate(text, {today, dayFirst: true})
  return legacy && epochMicroseconds(legacy, 'local')
}

interface Clock {
  hour: number
  minute: number
  second: number
  microsecond: number
}

interface Day {
  year: number
  month: number
  day: number
  ambiguous: boolean
}

function datePart(date: Date): Day {
  return {year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(), ambiguous: false}
}

function readDay(text: string, {today, dayFirst}: Required<DateReading>): Day | undefined {
  const now = datePart(today)
  const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?|\/(\d{1,2})(?:\/(\d{1,2}))?|[. ](\d{1,2})[. ](\d{1,2}))?$/.exec(
    text,
  )
  if (iso) {
    const month = iso[2] ?? iso[4] ?? iso[6]
    const day = iso[3] ?? iso[5] ?? iso[7]
    return clipped({
      year: +iso[1]!,
      month: month ? +month : now.month,
      day: day ? +day : now.day,
      given: day !== undefined,
    })
  }
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  if (compact) return {year: +compact[1]!, month: +compact[2]!, day: +compact[3]!, ambiguous: false}
  const numbers = /^(\d{1,2})([-/. ])(\d{1,2})(?:\2(\d{4}|\d{2}|\d))?$/.exec(text)
  if (numbers) {
    const first = +numbers[1]!
    const second = +numbers[3]!
    const year = numbers[4] === undefined ? now.year : fullYear(numbers[4], now.year)
    if (first > 31)
      return {year: fullYear(numbers[1]!, now.year), month: second, day: +(numbers[4] ?? 0), ambiguous: false}
    const swap = first > 12 || (dayFirst && second <= 12)
    const [day, month] = swap ? [first, second] : [second, first]
    return {year, month, day, ambiguous: first <= 12 && second <= 12 && first !== second}
  }
  if (/^\d{1,2}$/.test(text) && +text <= 31) return {year: now.year, month: now.month, day: +text, ambiguous: true}
  const monthYear = /^(\d{1,2})[/-](\d{4})$/.exec(text)
  if (monthYear) return clipped({year: +monthYear[2]!, month: +monthYear[1]!, day: now.day, given: false})
  return readNamedMonth(text, now)
}

/** `12 Mar 2020`, `March 5, 2020`, `Mar 2020`, `01Jan2020`, `2020-Mar-12`. */
function readNamedMonth(text: string, now: Day): Day | undefined {
  const ordinal = '(?:st|nd|rd|th)?'
  const gap = String.raw`[\s.,-]*`
  const dayFirst = new RegExp(`^(\\d{1,2})${ordinal}${gap}(?:of\\s+)?${monthName}${gap}(\\d{4}|\\d{2})?$`, 'i').exec(
    text,
  )
  if (dayFirst) return named(dayFirst[3], dayFirst[2]!, dayFirst[1])
  const yearFirst = new RegExp(`^(\\d{4})${gap}${monthName}(?:${gap}(\\d{1,2}))?$`, 'i').exec(text)
  if (yearFirst) return named(yearFirst[1], yearFirst[2]!, yearFirst[3])
  const monthYear = new RegExp(`^${monthName}${gap}(\\d{4})$`, 'i').exec(text)
  if (monthYear) return named(monthYear[2], monthYear[1]!, undefined)
  const monthFirst = new RegExp(`^${monthName}${gap}(\\d{1,2})${ordinal}(?:[\\s,.-]+(\\d{4}|\\d{2}))?$`, 'i').exec(text)
  if (monthFirst) return named(monthFirst[3], monthFirst[1]!, monthFirst[2])
  return undefined

  function named(year: string | undefined, month: string, day: string | undefined): Day {
    return clipped({
      year: year === undefined ? now.year : fullYear(year, now.year),
      month: months.indexOf(month.slice(0, 3).toLowerCase()) + 1,
      day: day === undefined ? now.day : +day,
      given: day !== undefined,
    })
  }
}

/** A day that was not given is at most the last of its month. */
function clipped({year, month, day, given}: {year: number; month: number; day: number; given: boolean}): Day {
  return {year, month, day: given ? day : Math.min(day, daysIn(year, month)), ambiguous: false}
}

/** Two digits mean the year within fifty years of now. */
function fullYear(digits: string, currentYear: number): number {
  if (digits.length > 2) return +digits
  const year = +digits + Math.floor(currentYear / 100) * 100
  if (year >= currentYear + 50) return year - 100
  if (year < currentYear - 50) return year + 100
  return year
}

/** Seconds east of UTC; undefined without zone or with a name that says nothing; `none` for other text. */
function readZone(text: string): number | 'none' | undefined {
  if (text.trim() === '' || /^\s*[.,]$/.test(text)) return undefined
  const match = zonePattern.exec(text)
  if (!match) return 'none'
  if (match[5]) return ['GMT', 'UTC', 'Z'].includes(match[5]) ? 0 : undefined
  const seconds = +match[3]! * 3600 + +(match[4] ?? 0) * 60
  // `UTC+3` says what to add to local time to get UTC, as POSIX has it.
  return (match[2] === '-' ? -1 : 1) * (match[1] ? -1 : 1) * seconds || 0
}

function fraction(digits: string | undefined): number {
  return digits ? +digits.slice(0, 6).padEnd(6, '0') : 0
}

function daysIn(year: number, month: number): number {
  return [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function isValid({year, month, day, hour, minute, second}: WrittenDate): boolean {
  return year >= 1 && day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 59
}
