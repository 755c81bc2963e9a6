import {utcText} from '../db/dates.js'

/** Naive local time of this process, which should be that of the server: `2025-03-30 04:00:00.000000` (spec/01 §1.4). */
export function localNow(ms: number): string {
  return utcText(new Date(ms - new Date(ms).getTimezoneOffset() * 60_000))
}

/**
 * Local time some seconds ago as Python reckons with naive times: changes of daylight saving time do not count.
 * @param ms milliseconds since 1970, UTC
 */
export function localBefore(ms: number, seconds: number): string {
  const naive = Date.parse(`${localNow(ms).replace(' ', 'T').slice(0, 23)}Z`)
  return utcText(new Date(naive - seconds * 1000))
}
