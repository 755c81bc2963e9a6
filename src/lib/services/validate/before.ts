import {substituteAll} from '../../python/substitute.js'
import {PiError} from '../../errors.js'
import {parameterError, policyError} from '../authenticate/errors.js'
import {resolveUser} from '../authenticate/login-user.js'
import type {Call} from './call.js'

/** Finds the user whom the parameters name. @throws RequestError 904 for an unknown resolver; PiError UNAVAILABLE */
export async function findUser(call: Call): Promise<void> {
  call.user = await resolveUser(
    {user: call.text('user') ?? '', realm: call.text('realm'), resolver: call.text('resolver')},
    call.config,
    call.services.users,
  )
}

/** Clients may ask for a token type only where a policy lets them (spec/07 §8.2.1). */
export async function applicationTokentype(call: Call): Promise<void> {
  const {names} = await call.policies.ask('authorization', 'application_tokentype', {user: call.user})
  call.audit.note(names)
  if (names.length === 0) call.parameters.delete('type')
}

/** Seconds that a login waits for its push confirmation (spec/07 §8.1.9). */
export async function pushWait(call: Call): Promise<void> {
  const found = (await call.policies.ask('authentication', 'push_wait', {user: call.user})).unique()
  if (found) call.audit.note(found.names)
  call.pushWait = found && /^\d+$/.test(found.value) ? Number(found.value) : 0
}

/** A policy moves the login into another realm (spec/07 §8.1.14). */
export async function setRealm(call: Call): Promise<void> {
  if (call.user.login === '') return
  const values = (await call.policies.ask('authorization', 'setrealm', {user: call.user})).values()
  call.audit.note([...values.values()].flat())
  if (values.size > 1) {
    throw policyError('I do not know, to which realm I should set the new realm. Conflicting policies exist.')
  }
  const [realm] = values.keys()
  if (realm === undefined) return
  call.parameters.set('realm', realm)
  call.user = await resolveUser({user: call.user.login, realm, resolver: undefined}, call.config, call.services.users)
}

/** Policies rewrite user, password or realm (spec/07 §8.1.14). @throws PiError CONFIG for a value that is none */
export async function mangle(call: Call): Promise<void> {
  const values = (await call.policies.ask('authentication', 'mangle', {user: call.user})).values()
  if (values.size === 0) return
  call.audit.note([...values.values()].flat())
  let moved = false
  for (const value of values.keys()) {
    const match = /^([^/]*)\/([^/]*)\/([^/]*)\/(.*)$/s.exec(value)
    if (!match) throw new PiError('CONFIG', `The value '${value}' of the policy mangle is not of the form user/a/b/.`)
    const [, key = '', search = '', replace = ''] = match
    const text = call.text(key)
    if (!['user', 'pass', 'realm'].includes(key) || text === undefined) continue
    const changed = substituteAll(search, replace, text)
    if (changed !== text && key !== 'pass') moved = true
    call.parameters.set(key, changed)
  }
  if (moved) await findUser(call)
}

export async function failcounterOnChallenge(call: Call): Promise<void> {
  const {names} = await call.policies.ask('authentication', 'increase_failcounter_on_challenge', {user: call.user})
  call.audit.note(names)
  call.countsChallenges = names.length > 0
}

/** Something to check must be named (spec/08 §2.3). @throws RequestError 905 */
export function requireSubject(call: Call): void {
  const user = trimmed(call, 'user')
  const serial = trimmed(call, 'serial')
  if (user === '' && serial === '') throw parameterError('You need to specify a serial or a user.')
  if (serial.includes('*')) throw parameterError('Invalid serial number.')
  if (user.includes('%')) throw parameterError('Invalid user.')
}

function trimmed(call: Call, name: string): string {
  const value = call.parameters.get(name)
  if (value === undefined) return ''
  if (typeof value !== 'string') throw parameterError(`Parameter '${name}' must be a text.`)
  return value.trim()
}
