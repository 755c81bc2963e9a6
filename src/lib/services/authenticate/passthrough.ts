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
  if (!session.services.radius) throw configError('The specified RADIUSServer configuration does not exist.')
  return session.services.radius.passThrough(session, {user, pass, server: target, policy: first.name})
}
