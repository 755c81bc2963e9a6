import {checkOtpQuietly} from '../authenticate/classify.js'
import {RequestError} from '../authenticate/errors.js'
import {exists} from '../authenticate/login-user.js'
import {splitPass} from '../authenticate/pins.js'
import {decide} from '../authenticate/service.js'
import type {CheckSession} from '../authenticate/session.js'
import {requireRoomForToken, tokensOf} from '../authenticate/token-limits.js'
import type {Call} from './call.js'
import type {Checked} from './check.js'

/**
 * A user without token proves that he has an unassigned one by its value, and gets it (spec/07 §8.4). Value, PIN and
 * assignment are stored in one transaction, so a value assigns one token once.
 * @throws RequestError 403 where the number of tokens is limited; the value is used up then, as in the originals
 */
export async function autoassign(call: Call, checked: Checked): Promise<void> {
  const {user, services, config} = call
  if (checked.value !== false || !exists(user) || user.realm === '') return
  const found = (await call.policies.ask('enrollment', 'autoassignment', {user})).unique()
  const realmId = config.realmId(user.realm)
  if (!found || realmId === undefined || (await tokensOf(services.db, user)).length > 0) return
  const pass = call.text('pass') ?? ''
  let refusal: RequestError | undefined
  const assigned = await decide(services, call.loginRequest(), async (session) => {
    refusal = undefined
    const match = await matchingToken(session, {realmId, pass, wantsPassword: found.value === 'userstore', call})
    if (!match) return undefined
    const {token, pin} = match
    try {
      const note = (names: readonly string[]) => call.audit.note(names)
      await requireRoomForToken(services.db, call.policies, {user, realmId, type: token.type, note})
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      refusal = error
      return undefined
    }
    session.ledger.assign(token, {
      owner: {userId: user.userId, resolver: user.resolver, realm: user.realm},
      pinHash: await services.hashes.hash(pin),
      assigned: new Date(session.now),
    })
    return token
  })
  if (refusal) throw refusal
  if (!assigned) return
  const {serial, otplen, type} = assigned
  checked.accepted = true
  checked.value = true
  checked.detail = {...checked.detail, serial, otplen, type, message: 'Token assigned to user via Autoassignment'}
  call.audit.note(found.names)
  call.audit.set({success: true, serial, info: 'Token assigned via auto assignment'})
}

/** The first unassigned token of the realm whose value this is, moved on. */
async function matchingToken(
  session: CheckSession,
  {realmId, pass, wantsPassword, call}: {realmId: number; pass: string; wantsPassword: boolean; call: Call},
) {
  const passwords = new Map<string, Promise<boolean>>()
  const isPassword = (pin: string) => {
    const known = passwords.get(pin) ?? call.services.users.checkPassword(call.user, pin)
    passwords.set(pin, known)
    return known
  }
  for (const token of await session.prepare(await session.tokens.unassignedInRealm(realmId))) {
    const split = splitPass(session, token, pass)
    if (!split || token.row.locked) continue
    if (wantsPassword && !(await isPassword(split.pin))) continue
    if (await checkOtpQuietly(session, token, split.otp)) return {token, pin: split.pin}
  }
  return undefined
}
