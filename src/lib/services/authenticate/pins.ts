import {pinMatches} from '../../tokens/shared/pin.js'
import {settingIsOn} from '../../tokens/shared/values.js'
import type {CheckToken} from './check-token.js'
import {exists, isNobody, type LoginUser} from './login-user.js'
import type {PolicyUser} from './policies.js'
import type {CheckSession} from './session.js'

/** A password taken apart; undefined where the release does not look at one so short. */
export interface SplitPass {
  pin: string
  otp: string
}

/** PIN and OTP of a password by the length of the token's OTP (spec/05 §6.3); lengths are in characters. */
export function splitPass(session: CheckSession, token: CheckToken, pass: string): SplitPass | undefined {
  const length = token.kind.otpCharacters?.(token) ?? token.otplen
  const characters = [...pass]
  if (characters.length < length && session.behaviour.needsFullOtp) return undefined
  const cut = Math.max(0, characters.length - length)
  if (settingIsOn(session.setting('PrependPin'), true)) {
    return {pin: characters.slice(0, cut).join(''), otp: characters.slice(cut).join('')}
  }
  if (characters.length < length) return {pin: '', otp: pass}
  return {pin: characters.slice(length).join(''), otp: characters.slice(0, length).join('')}
}

/**
 * Whether the text is the PIN: the stored one, the user's password or nothing at all, as the policy `otppin` says.
 * @param user who logs in; absent: the owner
 * @throws RequestError 1007 for a locked token; PolicyError; PiError UNAVAILABLE
 */
export async function checkPin(
  session: CheckSession,
  token: CheckToken,
  pin: string,
  user: LoginUser | undefined,
): Promise<boolean> {
  token.refuseIfLocked()
  const {hashes, security, users} = session.services
  const mode = await pinMode(session, token, user)
  if (mode === 'none') return pin === ''
  if (mode === 'userstore') {
    const owner = user && exists(user) ? user : token.owner
    return owner !== undefined && users.checkPassword(owner, pin)
  }
  return pinMatches(pin, {pinHash: token.pinHash, pinSeed: token.row.pinSeed}, {hashes, security})
}

async function pinMode(
  session: CheckSession,
  token: CheckToken,
  user: LoginUser | undefined,
): Promise<string | undefined> {
  if (!session.policies.hasScope('authentication')) return undefined
  const about = await pinUser(session, token, user)
  const found = (await session.policies.ask('authentication', 'otppin', {user: about})).unique()
  if (found) session.request.note(found.names)
  return found?.value
}

/** Whose policies count: who logs in, else the owner, else anybody in the first realm of the token (spec/07 §8.1.6). */
async function pinUser(session: CheckSession, token: CheckToken, user: LoginUser | undefined): Promise<PolicyUser> {
  if (user && !isNobody(user)) return user
  const owner = await ownerOf(session, token)
  if (owner) return owner
  const [realm = ''] = await session.tokens.realmsOf(token.id)
  return {login: '', realm, resolver: '', userId: ''}
}

/**
 * The owner of a token as a user; undefined for a token without one, and for one whose owner nobody knows any more.
 * @throws PiError UNAVAILABLE
 */
export async function ownerOf(session: CheckSession, token: CheckToken): Promise<LoginUser | undefined> {
  if (!token.owner) return undefined
  const {userId, resolver, realm = ''} = token.owner
  const found = await session.services.users.getUser(userId, resolver)
  if (found.state === 'unknown') throw found.reason
  if (found.state !== 'found') return undefined
  return {login: found.login, usedLogin: found.login, realm, resolver, userId}
}
