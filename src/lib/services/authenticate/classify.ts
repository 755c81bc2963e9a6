import type {Challenge} from '../../types/challenge.js'
import {ChallengeRepository} from '../../store/challenges.js'
import type {OtpOutcome, PassOutcome} from '../../tokens/contract.js'
import type {CheckToken} from './check-token.js'
import {RequestError} from './errors.js'
import type {LoginUser} from './login-user.js'
import {checkPin, splitPass} from './pins.js'
import type {CheckSession} from './session.js'

/** What the password is to each token; only the first group that has members is acted upon (spec/05 §14.2). */
export interface Classes {
  /** PIN and OTP are right. */
  valid: CheckToken[]
  /** The password answers an open or expired challenge of the token. */
  response: CheckToken[]
  /** The password asks for a challenge; usually it is the PIN. */
  request: CheckToken[]
  /** What kinds want to be stored with the challenges of `request`. */
  requestData: Map<CheckToken, string>
  /** Only the PIN is right. */
  pin: CheckToken[]
  invalid: CheckToken[]
  /** What kinds told while they checked; part of the answer whatever the outcome. */
  reply: Record<string, unknown>
}

/** Text that clients send to answer a challenge. */
export function transactionOf(session: CheckSession): string | undefined {
  return session.option('transaction_id') ?? session.option('state')
}

export async function classify(
  session: CheckSession,
  tokens: readonly CheckToken[],
  pass: string,
  user: LoginUser | undefined,
): Promise<Classes> {
  const classes: Classes = {
    valid: [],
    response: [],
    request: [],
    requestData: new Map(),
    pin: [],
    invalid: [],
    reply: {},
  }
  const transaction = transactionOf(session)
  const challenges = transaction === undefined ? [] : await challengesOf(session, transaction)
  for (const token of tokens) {
    if (transaction !== undefined && !token.kind.ignoresTransactions) {
      // An expired challenge still makes the password a response, though never a right one.
      const asked = challenges.some(({serial}) => serial === token.serial)
      classes[asked ? 'response' : 'invalid'].push(token)
      continue
    }
    const asked = await asksForChallenge(session, token, pass, user)
    if (asked) {
      classes.request.push(token)
      classes.requestData.set(token, asked.data)
    } else {
      const outcome = await authenticate(session, token, pass, user)
      Object.assign(classes.reply, outcome.reply)
      classes[outcome.accepted ? 'valid' : outcome.pinMatched ? 'pin' : 'invalid'].push(token)
    }
  }
  return classes
}

export function challengesOf(session: CheckSession, transactionId: string): Promise<Challenge[]> {
  return new ChallengeRepository(session.services.db).ofTransaction(transactionId)
}

/** Whether the password is the PIN of a token that may be challenged by it, or asks for a challenge in another way. */
async function asksForChallenge(
  session: CheckSession,
  token: CheckToken,
  pass: string,
  user: LoginUser | undefined,
): Promise<{data: string} | undefined> {
  const {kind} = token
  if (kind.challengeByPin === 'never') return undefined
  if (kind.challengeByPin === 'policy' && !(await mayBeChallenged(session, token, user))) return undefined
  if (await checkPin(session, token, pass, user)) return {data: ''}
  return kind.asksForChallenge?.(token, pass, session.env(token, user))
}

/** Whether a policy `challenge_response` lists the type, in any case; the types of several policies are united. */
async function mayBeChallenged(
  session: CheckSession,
  token: CheckToken,
  user: LoginUser | undefined,
): Promise<boolean> {
  const {policies, request} = session
  if (!policies.hasScope('authentication')) return false
  const about = user ?? {login: '', realm: '', resolver: '', userId: ''}
  const values = (await policies.ask('authentication', 'challenge_response', {user: about})).values()
  request.note([...values.values()].flat())
  return [...values.keys()].some((type) => type.toLowerCase() === token.type)
}

/** PIN and OTP, or whatever the kind checks instead; a locked token is not right, but does not end the request yet. */
async function authenticate(
  session: CheckSession,
  token: CheckToken,
  pass: string,
  user: LoginUser | undefined,
): Promise<PassOutcome> {
  try {
    const {kind} = token
    if (kind.checkPass) {
      token.refuseIfLocked()
      const outcome = await kind.checkPass(token, pass, session.env(token, user))
      token.apply(outcome.changes)
      return outcome
    }
    const split = splitPass(session, token, pass)
    if (!split || !(await checkPin(session, token, split.pin, user))) return wrong(false)
    const {accepted, changes} = await checkOtp(session, token, split.otp, user)
    return {accepted, pinMatched: true, changes}
  } catch (error) {
    if (error instanceof RequestError && error.number === 1007)
      return {...wrong(false), reply: {message: error.message}}
    throw error
  }
}

function wrong(pinMatched: boolean): PassOutcome {
  return {accepted: false, pinMatched, changes: []}
}

/**
 * Whether the value is the token's; only then anything changes.
 * @param window how far to look ahead, instead of the token's own
 */
export async function checkOtpQuietly(
  session: CheckSession,
  token: CheckToken,
  otp: string,
  window = token.countWindow,
): Promise<boolean> {
  const {id, serial, type, description, active, failcount, maxfail, count, otplen, syncWindow, info, owner} = token
  const facts = {id, serial, type, description, active, failcount, maxfail, count, otplen, syncWindow, info, owner}
  const view = {...facts, countWindow: window}
  const {accepted, changes} = await token.kind.checkOtp(view, otp, session.env(token, undefined))
  if (accepted) token.apply(changes)
  return accepted
}

/** Checks an OTP value and takes over what that changes. @throws RequestError 1007 */
export async function checkOtp(
  session: CheckSession,
  token: CheckToken,
  otp: string,
  user: LoginUser | undefined,
): Promise<OtpOutcome> {
  token.refuseIfLocked()
  const outcome = await token.kind.checkOtp(token, otp, session.env(token, user))
  token.apply(outcome.changes)
  return outcome
}
