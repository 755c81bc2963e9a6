import {PiError} from '../../errors.js'
import {normalizeType} from '../../tokens/registry.js'
import {authenticatedByCache, rememberPassword} from './auth-cache.js'
import {checkTokens} from './check-list.js'
import type {CheckToken} from './check-token.js'
import {dialogueAfter, dialogueBefore} from './dialogues.js'
import {userError} from './errors.js'
import {withLastAuth} from './last-auth.js'
import {exists, type LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {ownerOf} from './pins.js'
import {passThrough} from './passthrough.js'
import type {CheckSession} from './session.js'
import {withTimeLimits} from './time-limits.js'
import {tokensOf} from './tokens-of.js'

/**
 * A login by user and password, with everything that policies put around it (spec/05 §13.1, spec/07 §8.1).
 * @param type only tokens of this type
 * @throws RequestError, PolicyError, PiError UNAVAILABLE
 */
export async function checkUser(
  session: CheckSession,
  user: LoginUser,
  pass: string,
  {type}: {type?: string | undefined} = {},
): Promise<Outcome> {
  const cached = await authenticatedByCache(session, user, pass)
  if (cached.outcome) return cached.outcome
  const outcome = await checkKnownUser(session, user, pass, type)
  if (outcome.accepted) await rememberPassword(session, user, pass, cached.rule)
  return outcome
}

async function checkKnownUser(
  session: CheckSession,
  user: LoginUser,
  pass: string,
  type: string | undefined,
): Promise<Outcome> {
  if (!exists(user)) {
    const accepted = await acceptedBy(session, user, 'passOnNoUser', 'user does not exist')
    if (accepted) return accepted
    throw userError()
  }
  const tokens = await tokensOf(session, user)
  if (tokens.length === 0) {
    const accepted = await acceptedBy(session, user, 'passOnNoToken', 'user has no token')
    if (accepted) return accepted
  }
  return withTimeLimits(session, user, () =>
    withLastAuth(session, {about: {user}}, async () => {
      const passed = tokens.length === 0 ? await passThrough(session, user, pass) : undefined
      if (passed) return passed
      const asked = type === undefined ? tokens : tokens.filter((token) => token.type === normalizeType(type))
      return asked.length === 0
        ? {accepted: false, detail: {message: 'The user has no tokens assigned'}}
        : checkTokenList(session, asked, pass, ownerAmong(user, asked[0]!))
    }),
  )
}

/** The owner of a token that was found by its owner: the user who logs in, in the realm of the assignment. */
function ownerAmong(user: LoginUser, {owner}: CheckToken): LoginUser {
  return {...user, realm: owner?.realm ?? ''}
}

/** Policies that let in whoever cannot be checked; told with the name of the first one. */
async function acceptedBy(
  session: CheckSession,
  user: LoginUser,
  action: 'passOnNoUser' | 'passOnNoToken',
  what: string,
): Promise<Outcome | undefined> {
  const {names} = await session.policies.ask('authentication', action, {user})
  if (names.length === 0) return undefined
  session.request.note(names)
  return {accepted: true, detail: {message: `${what}, accepted due to '${names[0]}'`}}
}

/**
 * The decision on a list of tokens with the dialogues around it (spec/05 §14, §16).
 * @param user whose policies count; absent: nobody's
 */
export async function checkTokenList(
  session: CheckSession,
  tokens: readonly CheckToken[],
  pass: string,
  user: LoginUser | undefined,
): Promise<Outcome> {
  const begun = await dialogueBefore(session, tokens, pass, user)
  const outcome = begun ?? (await dialogueAfter(session, tokens, await checkTokens(session, tokens, pass, user), user))
  if (outcome.accepted) await resetAll(session, tokens)
  return outcome
}

/** Policy `reset_all_user_tokens`: a success with one token clears the fail counters of all. */
async function resetAll(session: CheckSession, tokens: readonly CheckToken[]): Promise<void> {
  const [first] = tokens
  if (!first || !session.policies.hasScope('authentication')) return
  const user = await ownerOf(session, first)
  const {names} = await session.policies.ask('authentication', 'reset_all_user_tokens', {user})
  if (names.length === 0) return
  session.request.note(names)
  for (const token of tokens) if (!token.deleted && !token.row.locked) token.clearFailures()
}

/**
 * A login by serial and password.
 * @throws RequestError 601 (404) without such a token
 */
export async function checkSerial(session: CheckSession, token: CheckToken, pass: string): Promise<Outcome> {
  return withLastAuth(session, {about: {}}, async () =>
    checkTokenList(session, [token], pass, await ownerOrNobody(session, token)),
  )
}

/** An owner whom nobody knows any more is no owner; a store that is down is a failure. */
async function ownerOrNobody(session: CheckSession, token: CheckToken): Promise<LoginUser | undefined> {
  const owner = await ownerOf(session, token)
  if (token.owner && !owner) {
    throw new PiError('REFUSED', `The owner of token ${token.serial} does not exist any more.`)
  }
  return owner
}
