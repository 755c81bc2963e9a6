import {fitnessProblem} from '../../tokens/shared/fitness.js'
import type {ResponseOutcome} from '../../tokens/contract.js'
import type {Challenge} from '../../types/challenge.js'
import {challengeEnv} from './challenge-env.js'
import type {CheckToken} from './check-token.js'
import {challengesOf, checkOtp, transactionOf, type Classes} from './classify.js'
import {changeDates, countUse} from './counters.js'
import {finishLogin} from './finish-login.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {makeChallenges} from './requests.js'
import type {CheckSession} from './session.js'

interface Answer {
  /** The challenge that was answered. */
  row: Challenge
  /** Another question follows; what is stored with it. */
  further: ResponseOutcome['further']
}

/** Answers to challenges (spec/05 §14.5): the first token whose challenge the password answers decides. */
export async function checkResponses(
  session: CheckSession,
  {response, reply}: Classes,
  pass: string,
  user: LoginUser | undefined,
): Promise<Outcome> {
  const detail: Record<string, unknown> = {...reply}
  const transaction = transactionOf(session) ?? ''
  const rows = await challengesOf(session, transaction)
  const problems: string[] = []
  session.ledger.purgeExpired()
  for (const token of response) {
    const own = rows.filter(({serial}) => serial === token.serial)
    const answer = await checkResponse(session, token, own, {pass, user})
    if (!answer) continue
    detail['serial'] = token.serial
    const problem = fitnessProblem(token, session.now)
    if (problem) {
      problems.push(`Challenge matches, but token is not fit for challenge. ${problem}`)
      continue
    }
    token.accept()
    countUse(session, token, {success: true})
    Object.assign(detail, {message: 'Found matching challenge'}, changeDates(session, token))
    const {row, further} = answer
    if (further) {
      const next = await makeChallenges(session, [token], user, {data: () => further.data, previous: row})
      return {accepted: false, detail: {...detail, ...next.detail}}
    }
    session.ledger.finishTransaction(transaction)
    token.clearFailures()
    finishLogin(session, token, user)
    return {accepted: true, detail}
  }
  for (const token of response) if (!token.kind.outOfBand) token.addFailure(session.now)
  return {accepted: false, detail: {...detail, ...refusal(response, problems)}}
}

function refusal(response: readonly CheckToken[], problems: readonly string[]): Record<string, unknown> {
  if (problems.length > 0) return {message: problems.join('. ')}
  const [single] = response
  if (response.length > 1 || !single) return {message: `Response did not match for ${response.length} tokens.`}
  return {message: 'Response did not match the challenge.', serial: single.serial, type: single.type}
}

/** A challenge that was answered already is open for kinds only whose answers come another way. */
function isOpen({timestamp, expiration, otpValid}: Challenge, token: CheckToken, now: number): boolean {
  return timestamp <= now && now < expiration && (!otpValid || token.kind.outOfBand === true)
}

/** The whole password is the answer; nothing is taken off as PIN. @returns undefined for a wrong one */
async function checkResponse(
  session: CheckSession,
  token: CheckToken,
  rows: readonly Challenge[],
  {pass, user}: {pass: string; user: LoginUser | undefined},
): Promise<Answer | undefined> {
  token.refuseIfLocked()
  for (const row of rows.filter((candidate) => isOpen(candidate, token, session.now))) {
    const outcome: ResponseOutcome = token.kind.checkResponse
      ? await answerKind(session, token, row, {pass, user})
      : await checkOtp(session, token, pass, user)
    const {accepted, further} = outcome
    if (!accepted) {
      session.ledger.recordAnswer(row, false)
      continue
    }
    if (further?.keepsAnswered) session.ledger.answer(row)
    else session.ledger.consume(row)
    return {row, further}
  }
  return undefined
}

async function answerKind(
  session: CheckSession,
  token: CheckToken,
  row: Challenge,
  {pass, user}: {pass: string; user: LoginUser | undefined},
): Promise<ResponseOutcome> {
  const env = {...challengeEnv(session, token, user), challenge: row}
  const outcome = await token.kind.checkResponse!(token, pass, env)
  token.apply(outcome.changes)
  return outcome
}
