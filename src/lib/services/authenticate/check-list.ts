import {fitnessProblem} from '../../tokens/shared/fitness.js'
import {settingIsOn} from '../../tokens/shared/values.js'
import type {CheckToken} from './check-token.js'
import {classify, type Classes} from './classify.js'
import {countUse, changeDates, clearAfterTimeout} from './counters.js'
import {lockedError} from './errors.js'
import {finishLogin} from './finish-login.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {splitPass} from './pins.js'
import {requestChallenges} from './requests.js'
import {checkResponses} from './responses.js'
import type {CheckSession} from './session.js'

/**
 * Decides a password on several tokens (spec/05 §14): each token is put into a class, and only the best class that has
 * members is acted upon.
 * @throws RequestError 1007 when all tokens are revoked, or a locked one would have to be changed
 */
export async function checkTokens(
  session: CheckSession,
  candidates: readonly CheckToken[],
  pass: string,
  user: LoginUser | undefined,
): Promise<Outcome> {
  const tokens = inOrder(withoutUnusable(candidates))
  const classes = await classify(session, tokens, pass, user)
  if (classes.valid.length > 0) return acceptValid(session, classes, user)
  if (classes.response.length > 0) return checkResponses(session, classes, pass, user)
  if (classes.request.length > 0) return requestChallenges(session, classes, user)
  if (classes.pin.length > 0) return refuseOtp(session, classes, pass, user)
  return refuse(session, classes)
}

function withoutUnusable(candidates: readonly CheckToken[]): CheckToken[] {
  const usable = candidates.filter(({row}) => !row.revoked)
  if (usable.length === 0 && candidates.length > 0) throw lockedError()
  return usable.filter(({active, kind}) => active || !kind.skippedWhenDisabled)
}

/** By the first letter of the type, push at the end, otherwise as they are (spec/05 §14.1). */
function inOrder(tokens: readonly CheckToken[]): CheckToken[] {
  const weight = ({type}: CheckToken) => (type === 'push' ? 1000 : type.charCodeAt(0))
  return [...tokens].sort((a, b) => weight(a) - weight(b))
}

function acceptValid(session: CheckSession, {valid, reply}: Classes, user: LoginUser | undefined): Outcome {
  const detail: Record<string, unknown> = {...reply}
  const messages = [`matching ${valid.length} tokens`]
  let accepted = false
  let type: string | undefined
  for (const token of valid) {
    clearAfterTimeout(session, token)
    const problem = fitnessProblem(token, session.now)
    if (problem) {
      messages.push(problem)
      continue
    }
    accepted = true
    type = type === undefined || type === token.type ? token.type : 'undetermined'
    token.accept()
    countUse(session, token, {success: true})
    token.clearFailures()
    finishLogin(session, token, user)
  }
  if (type !== undefined) detail['type'] = type
  const [single] = valid
  if (valid.length === 1 && single) Object.assign(detail, identify(single), changeDates(session, single))
  return {accepted, detail: {...detail, message: messages.join(', ')}}
}

function identify(token: CheckToken): Record<string, unknown> {
  return {serial: token.serial, type: token.type, otplen: token.otplen}
}

/** The PIN is right, the OTP is not. With N such tokens each use counts N times, as in the original. */
async function refuseOtp(
  session: CheckSession,
  {pin, reply}: Classes,
  pass: string,
  user: LoginUser | undefined,
): Promise<Outcome> {
  let message = 'wrong otp value'
  for (const token of pin) {
    token.addFailure(session.now)
    if (settingIsOn(session.setting('ResetFailcounterOnPIN'), false)) clearAfterTimeout(session, token)
    countUse(session, token, {success: false, by: pin.length})
  }
  const [single] = pin
  if (pin.length !== 1 || !single) return {accepted: false, detail: {...reply, message}}
  const otp = splitPass(session, single, pass)?.otp
  if (otp !== undefined && (await single.kind.isPreviousOtp?.(single, otp, session.env(single, user)))) {
    message += '. previous otp used again'
  }
  return {accepted: false, detail: {...reply, ...identify(single), message}}
}

/** Not even a PIN is right. */
function refuse(session: CheckSession, {invalid, reply}: Classes): Outcome {
  if (invalid.length === 0) {
    const told = session.behaviour.tellsMore ? {message: 'No suitable token found for authentication.'} : {}
    return {accepted: false, detail: {...reply, ...told}}
  }
  if (settingIsOn(session.setting('IncFailCountOnFalsePin'), true)) {
    for (const token of invalid) {
      token.addFailure(session.now)
      countUse(session, token, {success: false})
    }
  }
  return {accepted: false, detail: {...reply, message: 'wrong otp pin'}}
}
