import {storedDate} from '../../python/dates.js'
import type {TokenView} from '../contract.js'
import {integerSetting} from './values.js'

/** Why a token must not be used now; the texts are part of answers (spec/05 §8.4). */
export type FitnessProblem =
  | 'Authentication counter exceeded'
  | 'Token is disabled'
  | 'Failcounter exceeded'
  | 'Outside validity period'
  | 'Token is not yet enrolled'

/** The first reason why a token is not fit. @param now milliseconds since 1970, UTC */
export function fitnessProblem(token: TokenView & {rolloutState: string}, now: number): FitnessProblem | undefined {
  if (isUsedUp(token, 'count_auth') || isUsedUp(token, 'count_auth_success')) return 'Authentication counter exceeded'
  if (!token.active) return 'Token is disabled'
  if (token.failcount >= token.maxfail) return 'Failcounter exceeded'
  if (!isInPeriod(token, now)) return 'Outside validity period'
  if (token.rolloutState === 'clientwait' || token.rolloutState === 'verify') return 'Token is not yet enrolled'
  return undefined
}

/** The limit of a counting detail; undefined: unlimited. */
export function useLimit(token: TokenView, key: string): number | undefined {
  return integerSetting(token.info.get(`${key}_max`)?.value, 0) || undefined
}

function isUsedUp(token: TokenView, key: string): boolean {
  const limit = useLimit(token, key)
  return limit !== undefined && integerSetting(token.info.get(key)?.value, 0) >= limit
}

/** Both ends belong to the period; a date that nobody can read keeps the token out. */
function isInPeriod(token: TokenView, now: number): boolean {
  const today = new Date(now)
  const start = token.info.get('validity_period_start')?.value
  const end = token.info.get('validity_period_end')?.value
  if (start && !((storedDate(start, today) ?? Infinity) <= now * 1000)) return false
  return !end || (storedDate(end, today) ?? -Infinity) >= now * 1000
}
