import {createHash} from 'node:crypto'
import {Cron} from 'croner'
import {PiError} from '../errors.js'

/** A field of a cron expression: which values it takes, and their names. */
interface Field {
  name: string
  min: number
  max: number
  names?: readonly string[]
}

const fields: readonly Field[] = [
  {name: 'minute', min: 0, max: 59},
  {name: 'hour', min: 0, max: 23},
  {name: 'day of the month', min: 1, max: 31},
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  {name: 'day of the week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']},
  {name: 'second', min: 0, max: 59},
]
const [dayOfMonth, dayOfWeek, second] = [2, 4, 5]

const aliases: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** When a periodic task is to run, in the dialect of the originals (spec/11 §B2), by the local time of this process. */
export interface Interval {
  /** The first time strictly after a moment; undefined when there never is one (30 February). */
  nextAfter(moment: Date): Date | undefined
}

/**
 * Reads an interval: five fields and, as a sixth, seconds; or one of `@hourly` to `@annually`.
 * @param seed fixes what `r` (any time) stands for, so that it does not change from one look to the next
 * @throws PiError INVALID_INPUT
 */
export function readInterval(text: string, seed = text): Interval {
  const expression = aliases[text.trim().toLowerCase()] ?? text.trim().toLowerCase()
  const given = expression.split(/\s+/)
  if (expression === '' || given.length < 5 || given.length > 6) {
    throw invalid(text, 'it needs five fields, or six with seconds at the end')
  }
  const [minute, hour, day, month, weekday] = given.map((field, at) => readField(field, at, text, seed)) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const seconds = given.length === 6 ? readField(given[second]!, second, text, seed) : '0'
  const cron = new Cron(`${seconds} ${minute} ${hour} ${day} ${month} ${weekday}`, {paused: true})
  return {
    nextAfter: (moment) => {
      const next = cron.nextRun(moment)
      // A minute that the clocks skip begins when they have moved on.
      return next && next > moment ? next : undefined
    },
  }
}

/** One field in the words of the cron library. */
function readField(text: string, at: number, whole: string, seed: string): string {
  const field = fields[at]!
  const parts = text.split(',').map((part) => {
    if (part === 'r') return String(anyValue(field, `${seed}\0${field.name}`))
    if (at === dayOfMonth && part === 'l') return 'L'
    if (at === dayOfWeek) {
      const nth = /^([0-7]|[a-z]{3})#([1-5])$/.exec(part)
      if (nth) return `${valueOf(nth[1]!, field, whole)}#${nth[2]}`
      const last = /^l([0-7])$/.exec(part)
      if (last) return `${last[1]}#L`
    }
    return readRange(part, field, whole)
  })
  return parts.join(',')
}

function readRange(part: string, field: Field, whole: string): string {
  const match = /^(?:(\*)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part)
  if (!match) throw invalid(whole, `'${part}' is no ${field.name}`)
  const [, star, first, last, step] = match
  if (step !== undefined && Number(step) === 0) throw invalid(whole, 'a step of 0 never comes to an end')
  if (star) return step === undefined ? '*' : `${field.min}-${topOf(field)}/${step}`
  const from = valueOf(first!, field, whole)
  if (last === undefined) return step === undefined ? String(from) : `${from}-${topOf(field)}/${step}`
  const to = valueOf(last, field, whole)
  if (from <= to) return `${from}-${to}${step === undefined ? '' : `/${step}`}`
  // Over the end: `fri-mon`, `22-4`.
  const values: number[] = []
  const length = topOf(field) - field.min + 1
  for (let value = from; value <= to + length; value += Number(step ?? 1))
    values.push(field.min + ((value - field.min) % length))
  return values.join(',')
}

/** Sunday is 0 and 7; where values are counted, once is enough. */
function topOf(field: Field): number {
  return field === fields[dayOfWeek] ? 6 : field.max
}

function valueOf(text: string, field: Field, whole: string): number {
  const named = field.names?.indexOf(text) ?? -1
  const value = /^\d+$/.test(text) ? Number(text) : named
  if (value < field.min || value > field.max) throw invalid(whole, `'${text}' is no ${field.name}`)
  return value
}

function anyValue(field: Field, seed: string): number {
  // 28, so that every month has the day.
  const top = field === fields[dayOfMonth] ? 28 : topOf(field)
  return field.min + (createHash('sha256').update(seed).digest().readUInt32BE(0) % (top - field.min + 1))
}

function invalid(text: string, why: string): PiError {
  return new PiError('INVALID_INPUT', `Invalid interval: '${text}', ${why}.`, {
    hints: ["Five fields of a crontab: minute hour day month weekday, e.g. '*/10 * * * *'"],
  })
}
