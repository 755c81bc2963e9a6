import {hotp, otpHash} from '../crypto/otp/hotp.js'
import {motp} from '../crypto/otp/motp.js'
import {decodeHex} from '../crypto/encodings.js'
import {sameText} from '../crypto/compare.js'
import {PiError} from '../errors.js'
import type {ImportedToken} from '../types/imported-token.js'

/** A value of a token, and the counter or time step that it belongs to. */
export interface OtpValue {
  counter: number
  otp: string
}

export interface OtpQuery {
  /** Unix time in seconds, for tokens that depend on it. */
  at: number
  /** Values to give, from the current one on; default 1. */
  count?: number
}

/** Seconds of a step of mOTP. */
const motpStep = 10

/**
 * The values of a token for its stored counter, or for a time. Nothing is changed: showing a value does not use it up.
 * @throws PiError REFUSED for a type that computes no values, INTEGRITY for a key that is none
 */
export function otpValues(token: ImportedToken, {at, count = 1}: OtpQuery): OtpValue[] {
  const first = currentCounter(token, at)
  const value = calculator(token)
  return Array.from({length: count}, (_, more) => ({counter: first + more, otp: value(first + more)}))
}

/**
 * Whether a value is one of a token now, within its window; nothing is changed.
 * @returns the counter it belongs to
 */
export function findOtp(token: ImportedToken, otp: string, {at}: OtpQuery): number | undefined {
  const current = currentCounter(token, at)
  const value = calculator(token)
  const {from, to} = windowOf(token, current)
  for (let counter = from; counter < to; counter++) if (sameText(value(counter), otp)) return counter
  return undefined
}

function currentCounter(token: ImportedToken, at: number): number {
  if (token.type === 'totp') return Math.floor((at + (token.timeShift ?? 0)) / (token.timeStep ?? 30))
  if (token.type === 'daypassword') return Math.floor(at / (token.timeStep ?? 86_400))
  if (token.type === 'motp') return Math.floor(at / motpStep)
  return token.counter ?? 0
}

/** Where a value may lie: ahead for counters, on both sides for time, and after the last one that was used (spec/06 §1, §2). */
function windowOf(token: ImportedToken, current: number): {from: number; to: number} {
  const ahead = token.state?.countWindow ?? 10
  const used = (token.counter ?? 0) > 0 ? (token.counter ?? 0) + 1 : 0
  if (token.type === 'totp') {
    const steps = Math.floor(Number(token.info?.['timeWindow'] ?? 180) / (token.timeStep ?? 30))
    return {from: Math.max(current - steps, used, 0), to: current + steps}
  }
  if (token.type === 'daypassword') return {from: current, to: current + 1}
  if (token.type === 'motp') return {from: Math.max(current - 2 * ahead, used), to: current + 2 * ahead}
  return {from: current, to: current + ahead}
}

function calculator(token: ImportedToken): (counter: number) => string {
  const digits = token.otplen ?? 6
  if (token.type === 'motp') {
    const {secret, motpPin} = token
    if (typeof secret !== 'string' || motpPin === undefined) throw unusable(token)
    return (counter) => motp(counter, secret, motpPin, digits)
  }
  if (!['daypassword', 'hotp', 'totp'].includes(token.type)) {
    throw new PiError('REFUSED', `A token of type ${token.type} computes no values by itself.`)
  }
  const key = typeof token.secret === 'string' ? decodeHex(token.secret) : undefined
  if (!key?.length) throw unusable(token)
  return (counter) => hotp(key, counter, {algorithm: otpHash(token.hashlib), digits})
}

function unusable({serial}: ImportedToken): PiError {
  return new PiError('INTEGRITY', `The secret of ${serial} is not a key that values could be computed with.`)
}
