import {storedDate} from '../../python/dates.js'
import {useLimit} from '../../tokens/shared/fitness.js'
import {integerSetting, isTrueText} from '../../tokens/shared/values.js'
import type {CheckToken} from './check-token.js'
import type {CheckSession} from './session.js'

/** Counts logins in the details of a token, unless the setting `no_auth_counter` forbids it (spec/05 §8.2). */
export function countUse(
  session: CheckSession,
  token: CheckToken,
  {success, by = 1}: {success: boolean; by?: number},
): void {
  if (isTrueText(session.setting('no_auth_counter'))) return
  if (success) token.increment('count_auth_success', by, useLimit(token, 'count_auth_success'))
  // A failure counts beyond the limit, a success must not pass it.
  token.increment('count_auth', by, success ? useLimit(token, 'count_auth') : undefined)
}

/**
 * Clears a fail counter that stands at its maximum for longer than `failcounter_clear_timeout` minutes (spec/05 §8.1);
 * one above the maximum is never cleared.
 */
export function clearAfterTimeout(session: CheckSession, token: CheckToken): void {
  const minutes = integerSetting(session.setting('failcounter_clear_timeout'), 0)
  const since = token.detail('failcounter_exceeded')
  if (minutes === 0 || token.failcount !== token.maxfail || !since) return
  const reached = storedDate(since, new Date(session.now))
  if (reached !== undefined && session.now * 1000 > reached + minutes * 60_000_000) token.clearFailures()
}

/** Tells of a PIN or password that must be changed (spec/05 §8.5). */
export function changeDates(session: CheckSession, token: CheckToken): Record<string, unknown> {
  const told: Record<string, unknown> = {}
  for (const what of ['pin', 'password']) {
    const next = token.detail(`next_${what}_change`)
    if (!next) continue
    const due = storedDate(next, new Date(session.now))
    told[`next_${what}_change`] = next
    told[`${what}_change`] = due !== undefined && session.now * 1000 > due
  }
  return told
}
