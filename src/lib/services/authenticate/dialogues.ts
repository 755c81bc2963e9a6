import {newTransactionId} from '../../crypto/random.js'
import {sameText} from '../../crypto/compare.js'
import type {Challenge} from '../../types/challenge.js'
import {integerSetting} from '../../tokens/shared/values.js'
import {challengesOf, transactionOf} from './classify.js'
import type {CheckToken} from './check-token.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {checkPinRules} from './pin-rules.js'
import type {CheckSession} from './session.js'
import {detailTime} from './times.js'

/** Marks of dialogues in `challenge.challenge` (spec/05 §16). */
const pinReset = 'generic_pin_reset'
const resync = 'generic_resync'

/** A password that answers the dialogue for a new PIN; undefined when it is something else. */
export async function dialogueBefore(
  session: CheckSession,
  tokens: readonly CheckToken[],
  pass: string,
  user: LoginUser | undefined,
): Promise<Outcome | undefined> {
  const transaction = transactionOf(session)
  if (transaction === undefined) return undefined
  const rows = (await challengesOf(session, transaction)).filter(({challenge}) => challenge === pinReset)
  const [row] = rows
  const token = rows.length === 1 && row ? tokens.find(({serial}) => serial === row.serial) : undefined
  if (!row || !token) return undefined
  return row.data === '' ? askAgain(session, {token, row, pass, user}) : setPin(session, {token, row, pass, user})
}

interface PinAnswer {
  token: CheckToken
  row: Challenge
  pass: string
  user: LoginUser | undefined
}

async function askAgain(session: CheckSession, {token, row, pass, user}: PinAnswer): Promise<Outcome> {
  await checkPinRules(session, pass, user)
  session.ledger.recordAnswer(row, true)
  return ask(session, token, {
    mark: pinReset,
    data: await session.services.hashes.hash(pass),
    message: 'Please enter the new PIN again',
  })
}

async function setPin(session: CheckSession, {token, row, pass, user}: PinAnswer): Promise<Outcome> {
  const {serial} = token
  if (!(await session.services.hashes.verify(pass, row.data))) {
    return {accepted: false, detail: {message: 'PINs do not match', serial}}
  }
  session.ledger.recordAnswer(row, true)
  token.setPin(await session.services.hashes.hash(pass))
  const every = (await session.policies.ask('enrollment', 'change_pin_every', {user})).unique()
  const days = every && /^\s*(\d+)\s*[dD]?\s*$/.exec(every.value)?.[1]
  if (days === undefined) token.forget('next_pin_change')
  else token.setInfo('next_pin_change', detailTime(session.now + Number(days) * 86_400_000))
  return {accepted: true, detail: {message: 'PIN successfully set.', serial}}
}

/** What a finished check leads to: a new PIN when the old one is due, the next OTP of a token out of step. */
export async function dialogueAfter(
  session: CheckSession,
  tokens: readonly CheckToken[],
  outcome: Outcome,
  user: LoginUser | undefined,
): Promise<Outcome> {
  const serial = outcome.detail['serial']
  const token = typeof serial === 'string' ? tokens.find((candidate) => sameText(candidate.serial, serial)) : undefined
  if (!token || !session.policies.hasScope('authentication')) return outcome
  if (outcome.accepted) {
    if (outcome.detail['pin_change'] !== true) return outcome
    const {names} = await session.policies.ask('authentication', 'change_pin_via_validate', {user})
    if (names.length === 0) return outcome
    session.request.note(names)
    return ask(session, token, {mark: pinReset, data: '', message: 'Please enter a new PIN'})
  }
  if (token.detail('otp1c') === undefined) return outcome
  const {names} = await session.policies.ask('authentication', 'resync_via_multichallenge', {user})
  if (names.length === 0) return outcome
  session.request.note(names)
  return ask(session, token, {mark: resync, data: '', message: 'To resync your token, please enter the next OTP value'})
}

/** Asks for something that is no answer to a challenge of the token's kind; replaces the answer so far. */
async function ask(
  session: CheckSession,
  token: CheckToken,
  {mark, data, message}: {mark: string; data: string; message: string},
): Promise<Outcome> {
  const standard = integerSetting(session.setting('DefaultChallengeValidityTime'), 120)
  const seconds =
    mark === pinReset ? integerSetting(session.setting('PinResetChallengeValidityTime'), standard) : standard
  const transactionId = await newTransactionId((length) => session.services.security.random(length))
  session.ledger.purgeExpired()
  session.ledger.makeChallenge({
    transactionId,
    serial: token.serial,
    challenge: mark,
    data,
    session: '',
    timestamp: session.now,
    expiration: session.now + seconds * 1000,
  })
  const entry = {transaction_id: transactionId, message, attributes: null, serial: token.serial, type: token.type}
  return {
    accepted: false,
    detail: {
      multi_challenge: [entry],
      message,
      messages: [message],
      transaction_id: transactionId,
      transaction_ids: [transactionId],
    },
  }
}
