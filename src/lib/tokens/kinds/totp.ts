import {sameText} from '../../crypto/compare.js'
import {findCounter, hotp as hotpValue, type HotpOptions} from '../../crypto/otp/hotp.js'
import {refused, type CheckEnv, type OtpOutcome, type TokenKind, type TokenView} from '../contract.js'
import {oathKey, oathOptions} from '../shared/oath.js'
import {autoResyncIsOn, forget, remember} from '../shared/resync.js'
import {pythonFloat} from '../shared/values.js'

interface Clockwork {
  /** Seconds of a time step. */
  step: number
  /** Seconds that the token's clock is ahead. */
  shift: number
  /** Time steps accepted before and after the expected one. */
  window: number
  /** The time step expected now. */
  center: number
}

function number(token: TokenView, key: string, fallback: number): number {
  const value = Number(token.info.get(key)?.value ?? Number.NaN)
  return Number.isFinite(value) ? value : fallback
}

function clockwork(token: TokenView, env: CheckEnv): Clockwork {
  const step = Math.max(1, Math.trunc(number(token, 'timeStep', 30)))
  const shift = number(token, 'timeShift', 0)
  const window = Math.trunc(number(token, 'timeWindow', 180) / step)
  return {step, shift, window, center: stepOf(env.now / 1000 + shift, step, env)}
}

function stepOf(seconds: number, step: number, env: CheckEnv): number {
  return Math.trunc(seconds / step + (env.behaviour.roundsTimeStep ? 0.5 : 0))
}

/** The drift that is stored after a value of time step `counter` was accepted. */
function shiftAfter(counter: number, {step}: Clockwork, env: CheckEnv): number {
  const tokenTime = (env.behaviour.roundsTimeStep ? counter - 0.5 : counter) * step
  return tokenTime - Math.trunc(env.now / 1000)
}

function accept(counter: number, clock: Clockwork, env: CheckEnv): OtpOutcome {
  const timeShift = pythonFloat(shiftAfter(counter, clock, env))
  return {accepted: true, changes: [{change: 'count', to: counter}, ...remember({timeShift})]}
}

/**
 * Values far off: the first is remembered and refused, the one of the time step after it is accepted and sets the drift
 * (spec/06 §1.3 "Autosync").
 */
function resync(token: TokenView, otp: string, clock: Clockwork, env: CheckEnv, oath: Oath): OtpOutcome {
  const counter = symmetric(otp, clock.center, token.syncWindow, oath)
  if (counter === undefined) return refused
  const first = token.info.get('otp1c')?.value
  if (first === undefined) {
    // Keeping the first value rewrites all details of the token in the original, which other servers can see.
    return {accepted: false, changes: [...remember({otp1c: String(counter)}), {change: 'rewrite-info'}]}
  }
  if (counter !== Number(first) + 1 || counter <= token.count) return {accepted: false, changes: forget('otp1c')}
  const {accepted, changes} = accept(counter, clock, env)
  return {accepted, changes: [...forget('otp1c'), ...changes]}
}

interface Oath {
  key: Buffer
  options: HotpOptions
}

function symmetric(otp: string, center: number, window: number, {key, options}: Oath): number | undefined {
  return findCounter(key, otp, {first: center - window, end: center + window, ...options})
}

/** Time-based one-time passwords, RFC 6238; drift and window as in spec/06 §1.3. */
export const totp: TokenKind = {
  type: 'totp',
  serialPrefix: 'TOTP',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  /**
   * The lowest matching time step of the window decides: one that is not after the last used step is refused, so no
   * value is accepted twice, whatever the drift.
   */
  async checkOtp(token, otp, env) {
    const oath = {key: await oathKey(token, env), options: oathOptions(token)}
    const clock = clockwork(token, env)
    const counter = symmetric(otp, clock.center, clock.window, oath)
    if (counter === undefined) return autoResyncIsOn(env) ? resync(token, otp, clock, env, oath) : refused
    return token.count !== 0 && counter <= token.count ? refused : accept(counter, clock, env)
  },
  async isPreviousOtp(token, otp, env) {
    return sameText(hotpValue(await oathKey(token, env), Math.max(0, token.count), oathOptions(token)), otp)
  },
  async resync(token, otp1, otp2, env) {
    const oath = {key: await oathKey(token, env), options: oathOptions(token)}
    const {step, center} = clockwork(token, env)
    const second = symmetric(otp2, center, token.syncWindow, oath)
    const first = symmetric(otp1, center - 1, token.syncWindow, oath)
    if (first === undefined || second === undefined || first < token.count || first + 1 !== second) return refused
    const timeShift = (second + 0.5) * step - env.now / 1000
    return {
      accepted: true,
      changes: [{change: 'count', to: second + 1}, ...remember({timeShift: pythonFloat(timeShift)})],
    }
  },
}
