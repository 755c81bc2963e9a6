import {reasonOf} from '../../errors.js'
import {newTransactionId} from '../../crypto/random.js'
import {normalizeType} from '../../tokens/registry.js'
import {fitnessProblem} from '../../tokens/shared/fitness.js'
import type {ChallengeDraft, ChallengeEnv} from '../../tokens/contract.js'
import type {Challenge} from '../../types/challenge.js'
import {challengeEnv, validityOf} from './challenge-env.js'
import type {CheckToken} from './check-token.js'
import type {Classes} from './classify.js'
import {changeDates, clearAfterTimeout} from './counters.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {ownerOf} from './pins.js'
import type {CheckSession} from './session.js'
import {tokensOf} from './tokens-of.js'

/** The password is a PIN that asks for challenges (spec/05 §14.6). */
export async function requestChallenges(
  session: CheckSession,
  {request, requestData, reply}: Classes,
  user: LoginUser | undefined,
): Promise<Outcome> {
  const active = request.filter((token) => token.active)
  if (active.length === 0) {
    return {accepted: false, detail: {...reply, message: 'No active challenge response token found'}}
  }
  prepareTokens(session, request)
  const {detail} = await makeChallenges(session, active, user, {data: (token) => requestData.get(token) ?? ''})
  return {accepted: false, detail: {...reply, ...detail}}
}

function prepareTokens(session: CheckSession, tokens: readonly CheckToken[]): void {
  for (const token of tokens) {
    clearAfterTimeout(session, token)
    if (session.request.countsChallenges) token.addFailure(session.now)
  }
}

/** Whose challenges an administrator asks for; at least one of user and serial is given. */
export interface TriggerTarget {
  user: LoginUser | undefined
  serial: string | undefined
  type: string | undefined
}

/** Challenges without PIN, for every usable token that can be challenged (spec/08 §7). */
export async function triggerChallenges(session: CheckSession, target: TriggerTarget): Promise<MadeChallenges> {
  const tokens = (await targets(session, target)).filter(
    ({row, kind, type}) =>
      row.active &&
      !row.revoked &&
      !row.locked &&
      kind.challengeable &&
      (target.type === undefined || type === normalizeType(target.type)),
  )
  prepareTokens(session, tokens)
  const [first] = tokens
  const user = target.user ?? (first && (await ownerOf(session, first)))
  const made = await makeChallenges(session, tokens, user, {triggered: true})
  if (!first) delete made.detail['message']
  return made
}

async function targets(session: CheckSession, {user, serial}: TriggerTarget): Promise<CheckToken[]> {
  if (user) {
    const tokens = await tokensOf(session, user)
    return serial === undefined ? tokens : tokens.filter((token) => token.serial === serial)
  }
  const row = serial === undefined ? undefined : await session.tokens.bySerial(serial)
  return row ? session.prepare([row]) : []
}

export interface MadeChallenges {
  detail: Record<string, unknown>
  /** How many there are. */
  count: number
}

/**
 * Challenges for every token that is fit, under one transaction id as far as the kinds take a given one. An unfit token
 * contributes the reason only, one that could not be reached what went wrong.
 */
export async function makeChallenges(
  session: CheckSession,
  tokens: readonly CheckToken[],
  user: LoginUser | undefined,
  {
    data,
    previous,
    triggered = false,
  }: {data?: (token: CheckToken) => string; previous?: Challenge; triggered?: boolean} = {},
): Promise<MadeChallenges> {
  const messages: string[] = []
  const entries: Record<string, unknown>[] = []
  let shared: string | undefined
  for (const token of tokens) {
    const problem = fitnessProblem(token, session.now)
    if (problem) {
      messages.push(problem)
      continue
    }
    const env = challengeEnv(session, token, user, {shared, previous, triggered})
    const draft = await (token.kind.createChallenge ?? askForOtp)(token, env, data?.(token) ?? '')
    token.apply(draft.changes ?? [])
    const failure = await deliver(session, draft)
    messages.push(failure ?? draft.message)
    if (failure !== undefined) {
      shared = undefined
      continue
    }
    const transactionId: string =
      shared !== undefined && !draft.ownTransaction
        ? shared
        : await newTransactionId((length) => session.services.security.random(length))
    shared = transactionId
    storeChallenge(session, token, draft, transactionId)
    entries.push({
      ...draft.extra,
      transaction_id: transactionId,
      serial: token.serial,
      type: token.type,
      client_mode: token.kind.clientMode,
      message: draft.message,
      ...changeDates(session, token),
    })
  }
  const detail: Record<string, unknown> = {
    ...Object.assign({}, ...entries),
    multi_challenge: entries,
    messages,
    message: messages.join(', '),
    transaction_ids: entries.map((entry) => entry['transaction_id']),
  }
  return {detail, count: entries.length}
}

/** Prompt and row of kinds whose answer is an OTP value. */
async function askForOtp(_token: CheckToken, env: ChallengeEnv): Promise<ChallengeDraft> {
  const message = (await env.policyText('challenge_text')) ?? 'please enter otp: '
  return {message, challenge: {challenge: env.option('challenge') ?? '', data: '', session: ''}}
}

function storeChallenge(session: CheckSession, token: CheckToken, draft: ChallengeDraft, transactionId: string): void {
  const seconds = draft.validitySeconds ?? validityOf(session, token.type)
  // The originals leave expired challenges alone when they send a message.
  if (!draft.deliver) session.ledger.purgeExpired()
  session.ledger.makeChallenge({
    ...draft.challenge,
    transactionId,
    serial: token.serial,
    timestamp: session.now,
    expiration: session.now + seconds * 1000,
  })
}

/**
 * Sends what the user needs for the answer, after the counters have moved: a value that may have been seen is used up.
 * @returns what went wrong
 */
async function deliver(session: CheckSession, {deliver: send, failure}: ChallengeDraft): Promise<string | undefined> {
  if (!send || session.request.dryRun) return undefined
  await session.store()
  session.ledger.hasSent = true
  try {
    await send()
    return undefined
  } catch (error) {
    if (session.option('exception') === '1') throw error
    session.services.warn(`A message to a user could not be sent: ${reasonOf(error)}`)
    return failure ?? reasonOf(error)
  }
}
