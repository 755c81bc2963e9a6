import {AuditRepository} from '../../store/audit.js'
import {PiError} from '../../errors.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import type {CheckSession} from './session.js'
import {columnTime} from './times.js'

interface Limit {
  count: number
  seconds: number
}

/** Reads `N/Tu` with the units s, m and h (spec/07 §8.1.4). @throws PiError CONFIG */
export function readLimit(text: string): Limit {
  const match = /^(\d+)\/(\d+)([smh])$/i.exec(text.replaceAll(/\s/g, ''))
  if (!match) throw new PiError('CONFIG', `The time limit '${text}' of a policy is not of the form 2/5m.`)
  const unit = {s: 1, m: 60, h: 3600}[match[3]!.toLowerCase() as 's' | 'm' | 'h']
  return {count: Number(match[1]), seconds: Number(match[2]) * unit}
}

/** A span as Python prints it: `0:05:00`, `1 day, 0:00:00`. */
export function spanText(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const clock = `${Math.floor((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`
}

/** Refuses logins beyond so many failed or successful ones of the same user within a time, by the audit table. */
export async function withTimeLimits(
  session: CheckSession,
  user: LoginUser,
  check: () => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await check()
  if (!session.policies.hasScope('authorization')) return outcome
  try {
    return await limited(session, user, outcome)
  } catch (error) {
    // A value that was right is used up, even when nobody can tell whether the limit was reached.
    await session.store()
    throw error
  }
}

async function limited(session: CheckSession, user: LoginUser, outcome: Outcome): Promise<Outcome> {
  const failed = await exceeded(session, user, {action: 'auth_max_fail', success: false})
  if (failed)
    return {
      accepted: false,
      detail: {
        ...outcome.detail,
        message: `Only ${failed.count} failed authentications per ${spanText(failed.seconds)}`,
      },
    }
  if (!outcome.accepted) return outcome
  const successful = await exceeded(session, user, {action: 'auth_max_success', success: true})
  if (!successful) return outcome
  const message = `Only ${successful.count} successful authentications per ${spanText(successful.seconds)}`
  return {accepted: false, detail: {...outcome.detail, message}}
}

async function exceeded(
  session: CheckSession,
  user: LoginUser,
  {action, success}: {action: string; success: boolean},
): Promise<Limit | undefined> {
  const found = (await session.policies.ask('authorization', action, {user})).unique()
  if (!found) return undefined
  const limit = readLimit(found.value)
  const since = columnTime(session.now - limit.seconds * 1000, 'local')
  const count = await new AuditRepository(session.services.auditDb).countLogins({
    login: user.login,
    realm: user.realm,
    since,
    success,
  })
  if (count < limit.count) return undefined
  // The original never notes the name of the limit on successes.
  if (!success) session.request.note(found.names)
  return limit
}
