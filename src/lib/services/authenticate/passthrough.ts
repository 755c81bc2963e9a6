import {PiError} from '../../errors.js'
import {checkOtpQuietly} from './classify.js'
import {configError, policyError} from './errors.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import type {CheckSession} from './session.js'

/**
 * Users without token are checked against their user store or a RADIUS server (spec/07 §8.1.3).
 * @returns undefined when no policy says so, or the password is not right there either
 */
export async function passThrough(session: CheckSession, user: LoginUser, pass: string): Promise<Outcome | undefined> {
  const {entries, names} = await session.policies.ask('authentication', 'passthru', {user})
  const [first] = entries
  if (!first) return undefined
  const value = (entry: {value: string | true}) => (entry.value === true ? 'userstore' : entry.value)
  const best = entries.filter(({priority}) => priority === first.priority)
  if (best.some((entry) => value(entry) !== value(first))) throw policyError('Contradicting passthru policies.')
  session.request.note(names)
  const target = value(first)
  if (target === 'userstore') {
    if (!(await session.services.users.checkPassword(user, pass))) return undefined
    return {accepted: true, detail: {message: `against userstore due to '${first.name}'`}}
  }
  const accepted = await acceptedByRadius(session, user, pass, target)
  if (!accepted) return undefined
  const message = `against RADIUS server ${target} due to '${first.name}'`
  const serial = await assignByValue(session, user, pass)
  if (serial === undefined) return {accepted: true, detail: {message}}
  const word = session.behaviour.spellsTooLong ? 'auto-assigned' : 'autoassigned'
  return {accepted: true, detail: {message: `${word} ${serial},${message}`}}
}

/** @throws RequestError 302 for a server that nobody has configured */
async function acceptedByRadius(
  session: CheckSession,
  user: LoginUser,
  pass: string,
  server: string,
): Promise<boolean> {
  const {radius, warn} = session.services
  try {
    const verdict = await radius.login(server, {
      user: user.login,
      password: pass,
      nasIdentifier: session.setting('radius.nas_identifier'),
    })
    if (verdict === undefined) throw configError('The specified RADIUSServer configuration does not exist.')
    if (verdict === 'silent') warn(`The RADIUS server '${server}' did not answer in time.`)
    return verdict === 'accepted'
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'UNAVAILABLE') throw error
    warn(error.message)
    return false
  }
}

/**
 * After a server has accepted the password: the unassigned token of the realm whose value stands in it becomes the
 * user's, with the rest as its PIN. The policy `passthru_assign` says where they stand: `6:pin`, `pin:6`, and how far to
 * look ahead.
 */
async function assignByValue(session: CheckSession, user: LoginUser, pass: string): Promise<string | undefined> {
  const found = (await session.policies.ask('authentication', 'passthru_assign', {user})).unique()
  const parts = found?.value.split(':') ?? []
  const length = Number(parts[0] === 'pin' ? parts[1] : parts[0])
  const realmId = session.request.config.realmId(user.realm)
  const fits = parts.length >= 2 && parts.slice(0, 2).includes('pin') && Number.isInteger(length) && length > 0
  if (found && !fits)
    session.services.warn(`The value '${found.value}' of the policy passthru_assign is not understood.`)
  if (!found || !fits || realmId === undefined) return undefined
  const characters = [...pass]
  const cut = parts[0] === 'pin' ? Math.max(0, characters.length - length) : length
  const [head, tail] = [characters.slice(0, cut).join(''), characters.slice(cut).join('')]
  const {otp, pin} = parts[0] === 'pin' ? {otp: tail, pin: head} : {otp: head, pin: tail}
  const window = /^\d{1,6}$/.test(parts[2] ?? '') ? Number(parts[2]) : 100
  for (const token of await session.prepare(await session.tokens.unassignedInRealm(realmId))) {
    if (token.row.locked || !(await checkOtpQuietly(session, token, otp, window))) continue
    session.request.note(found.names)
    session.ledger.assign(token, {
      owner: {userId: user.userId, resolver: user.resolver, realm: user.realm},
      pinHash: await session.services.hashes.hash(pin),
      assigned: new Date(session.now),
    })
    return token.serial
  }
  return undefined
}
