/**
 * How points in time are written, on every database: `YYYY-MM-DD HH:MM:SS.ffffff`, naive. Whether a column means UTC or
 * the server's local time is in spec/01 §1.4.
 */

/** UTC now. */
export function nowText(): string {
  return utcText(new Date())
}

export function utcText(date: Date): string {
  return `${date.toISOString().slice(0, 23).replace('T', ' ')}000`
}

/** Naive local time of this process, which should be that of the server. */
export function localText(date: Date): string {
  return utcText(new Date(date.getTime() - date.getTimezoneOffset() * 60_000))
}

/** Fills a database's own form up to six fraction digits: `2023-01-31 12:34:56.5` becomes `….500000`. */
export function sixDigits(text: string): string {
  const point = text.indexOf('.')
  if (point < 0) return `${text}.000000`
  return text.padEnd(point + 7, '0')
}

const dayMicroseconds = 86_400_000_000

/** `pidea_audit.duration` as it stands in a row: the point in time that lies that long after 1970-01-01 (spec/01 §1.4). */
export function durationText(microseconds: number): string {
  const whole = new Date(Math.floor(microseconds / 1000))
  const rest = String(((microseconds % 1000) + 1000) % 1000).padStart(3, '0')
  return `${whole.toISOString().slice(0, 23).replace('T', ' ')}${rest}`
}

/** The inverse, in microseconds; `undefined` for what is no such text. */
export function durationOf(text: string): number | undefined {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  if (!found) return undefined
  const days = Date.parse(`${found[1]}T00:00:00Z`) / 86_400_000
  if (!Number.isFinite(days)) return undefined
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4])
  return days * dayMicroseconds + seconds * 1_000_000 + Number((found[5] ?? '').padEnd(6, '0'))
}
