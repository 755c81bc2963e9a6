/** Texts of points in time as the originals write them; all take milliseconds since 1970, UTC. */

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function parts(ms: number, zone: 'utc' | 'local') {
  const shifted = new Date(zone === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000)
  const iso = shifted.toISOString()
  return {date: iso.slice(0, 10), time: iso.slice(11, 19), micro: `${iso.slice(20, 23)}000`}
}

/** Offset of the local zone at that moment, `+0100` or with a colon. */
function offset(ms: number, separator: string): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`
}

/** A DATETIME column: `2023-11-14 22:13:20.123000`, naive. */
export function columnTime(ms: number, zone: 'utc' | 'local'): string {
  const {date, time, micro} = parts(ms, zone)
  return `${date} ${time}.${micro}`
}

/** A naive text of a DATETIME column, read as the zone it was written in. */
export function readColumnTime(text: string, zone: 'utc' | 'local'): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?/.exec(text)
  if (!match) return Number.NaN
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const ms = Number(`0.${match[7] ?? '0'}`) * 1000
  return (
    (zone === 'utc'
      ? Date.UTC(year, month - 1, day, hour, minute, second)
      : new Date(year, month - 1, day, hour, minute, second).getTime()) + ms
  )
}

/** Local time for people, without a fraction when it is zero: `valid_until`. */
export function localText(ms: number): string {
  const {date, time, micro} = parts(ms, 'local')
  return micro === '000000' ? `${date} ${time}` : `${date} ${time}.${micro}`
}

/** Token details with minutes: `2023-11-14T22:13+0000` (spec/05 §1.5). */
export function detailTime(ms: number): string {
  const {date, time} = parts(ms, 'local')
  return `${date}T${time.slice(0, 5)}${offset(ms, '')}`
}

/** `last_auth` (spec/05 §8.6). @param compact as since 3.11.1 */
export function lastAuthTime(ms: number, compact: boolean): string {
  const {date, time, micro} = parts(ms, 'local')
  if (compact) return `${date} ${time}.${micro}${offset(ms, '')}`
  return `${date} ${time}${micro === '000000' ? '' : `.${micro}`}${offset(ms, ':')}`
}
