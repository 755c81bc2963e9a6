import {findCounter, hotp, type HotpOptions} from '../../crypto/otp/hotp.js'
import type {OtpOutcome, TokenChange} from '../contract.js'
import {refused, type CheckEnv, type TokenView} from '../contract.js'
import {integerSetting, settingIsOn} from './values.js'

/** Whether a token out of step may find back by two OTP values in sequence (setting `AutoResync`). */
export function autoResyncIsOn(env: CheckEnv): boolean {
  return settingIsOn(env.config('AutoResync'), false)
}

/** Details that remember the first of the two values. */
const firstCounter = 'otp1c'
const dueDate = 'dueDate'

/**
 * A value ahead of the window: the first is remembered and refused, the one after it, in time, is accepted
 * (spec/06 §1.2 "Autosync").
 */
export function resyncCounter(
  token: TokenView,
  otp: string,
  {key, options, env}: {key: Buffer; options: HotpOptions; env: CheckEnv},
): OtpOutcome {
  const end = token.count + token.syncWindow
  const counter = findCounter(key, otp, {first: token.count, end, ...options})
  if (counter === undefined) return refused
  const seconds = Math.trunc(env.now / 1000)
  const first = token.info.get(firstCounter)?.value
  if (first === undefined) {
    const due = seconds + integerSetting(env.config('AutoResyncTimeout'), 300)
    return {accepted: false, changes: remember({[firstCounter]: String(counter), [dueDate]: String(due)})}
  }
  const due = Number(token.info.get(dueDate)?.value ?? Number.NaN)
  const changes: TokenChange[] = forget(firstCounter, dueDate)
  if (counter !== Number(first) + 1 || !(due > seconds)) return {accepted: false, changes}
  return {accepted: true, changes: [...changes, {change: 'count', to: counter + 1}]}
}

export function remember(details: Readonly<Record<string, string>>): TokenChange[] {
  return Object.entries(details).map(([key, value]) => ({change: 'info', key, value}))
}

export function forget(...keys: string[]): TokenChange[] {
  return keys.map((key) => ({change: 'forget', key}))
}

/** An operator's resynchronisation of an event-based token: two values in sequence within the sync window. */
export function resyncByPair(
  token: TokenView,
  [otp1, otp2]: readonly [string, string],
  {key, options}: {key: Buffer; options: HotpOptions},
): OtpOutcome {
  const end = token.count + token.syncWindow
  const counter = findCounter(key, otp1, {first: token.count, end, ...options})
  if (counter === undefined || hotp(key, counter + 1, options) !== otp2) return refused
  return {accepted: true, changes: [{change: 'count', to: counter + 2}]}
}
