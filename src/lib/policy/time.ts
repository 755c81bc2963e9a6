/** A moment on the clock of the server, to the minute. */
export interface LocalMinute {
  /** 0 Monday … 6 Sunday. */
  weekday: number
  /** Minutes since midnight, 0 … 1439. */
  minute: number
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const unknownDay = 'unknown day'

interface TimeRange {
  fromDay: number
  toDay: number
  fromMinute: number
  toMinute: number
}

/**
 * Whether a time definition such as `mon-fri:8:00-17:00, sat:9-12` contains `now`: bounds inclusive, no wrap over the
 * week or midnight. A malformed range ends the evaluation, the ranges before it count; an unknown day matches nothing
 * (spec/07 §4.9).
 */
export function timeMatches(definition: string, now: LocalMinute): boolean {
  const text = definition.replace(/\s+/g, '')
  if (text === '') return true
  for (const part of text.split(',')) {
    const range = parseRange(part)
    if (range === unknownDay) continue
    if (typeof range === 'string') return false
    const inDays = range.fromDay <= now.weekday && now.weekday <= range.toDay
    if (inDays && range.fromMinute <= now.minute && now.minute <= range.toMinute) return true
  }
  return false
}

/** What is wrong with a time definition, one text a fault; empty when it is well formed and can match. */
export function timeFaults(definition: string): string[] {
  const text = definition.replace(/\s+/g, '')
  if (text === '') return []
  return text.split(',').flatMap((part) => {
    const range = parseRange(part)
    if (typeof range === 'string') return [`'${part}': ${range}`]
    const faults: string[] = []
    if (range.fromDay > range.toDay) faults.push(`'${part}': the first day is after the last, so it never matches`)
    if (range.fromMinute > range.toMinute) faults.push(`'${part}': the start is after the end, so it never matches`)
    return faults
  })
}

/** Whether a time definition names a day that there is not, at which the originals fail. */
export function hasUnknownDay(definition: string): boolean {
  const text = definition.replace(/\s+/g, '')
  return text !== '' && text.split(',').some((part) => parseRange(part) === unknownDay)
}

/** The server's local minute of a moment. */
export function localMinute(at: Date): LocalMinute {
  return {minute: at.getHours() * 60 + at.getMinutes(), weekday: (at.getDay() + 6) % 7}
}

/** One range, or what is wrong with it. */
function parseRange(part: string): TimeRange | string {
  const found = /^([^:-]*)(?:-([^:-]*))?:(\d{1,2})(?::(\d{1,2}))?-(\d{1,2})(?::(\d{1,2}))?$/.exec(part)
  if (!found) return 'not of the form day[-day]:from-to'
  const [, first = '', last = first, fromHour, fromMinute = '0', toHour, toMinute = '0'] = found
  const days = [first, last].map((day) => weekdays.indexOf(day.toLowerCase() as (typeof weekdays)[number]))
  if (days.includes(-1)) return unknownDay
  if (Number(fromHour) > 23 || Number(toHour) > 23) return 'hour above 23'
  if (Number(fromMinute) > 59 || Number(toMinute) > 59) return 'minute above 59'
  return {
    fromDay: days[0]!,
    fromMinute: Number(fromHour) * 60 + Number(fromMinute),
    toDay: days[1]!,
    toMinute: Number(toHour) * 60 + Number(toMinute),
  }
}
