import {policyScopes} from '../../policy/actions/registry.js'
import {rightsOrder} from '../../policy/rights-order.js'
import {tokenTypeTitles} from '../../policy/token-type-titles.js'
import type {Call} from './call.js'

/** Who has logged in, as far as rights go. */
export interface Caller {
  role: 'admin' | 'user'
  name: string
  /** Empty for local administrators. */
  realm: string
}

/** Actions of his scope that the caller is allowed: all of them while no policy of the scope is active (spec/07 §6.4). */
export async function rightsOf(call: Call, {role, name, realm}: Caller): Promise<string[]> {
  const later = [...policyScopes[role].actions].flatMap(([action, {since}]) =>
    since && call.services.behaviour.isAtLeast(...since) && !rightsOrder[role].includes(action) ? [action] : [],
  )
  const all = [...rightsOrder[role], ...later]
  if (!call.policies.hasScope(role)) return all
  const about =
    role === 'admin' ? {admin: {name, realm}} : {user: {login: name, realm, resolver: call.user.resolver, userId: ''}}
  const rights: string[] = []
  for (const action of all) {
    if ((await call.policies.ask(role, action, about)).names.length > 0) rights.push(action)
  }
  return rights
}

/** Token types that the caller may enrol, with what they are (spec/08 §9.2). */
export async function enrollable(call: Call, caller: Caller): Promise<Record<string, string>> {
  const rights = new Set(await rightsOf(call, caller))
  return Object.fromEntries(
    Object.entries(tokenTypeTitles).filter(([type]) => rights.has(`enroll${type.toUpperCase()}`)),
  )
}

/** Pages of the web interface, each shown to whom any of its rights is given. */
const pages: Readonly<Record<Caller['role'], readonly (readonly [string, readonly string[]])[]>> = {
  admin: [
    ['config', ['configwrite', 'configread', 'policywrite', 'policyread', 'resolverwrite', 'resolverread']],
    ['tokens', ['tokenlist', 'enable', 'disable', 'set', 'setpin', 'resync', 'reset', 'assign', 'unassign', 'delete']],
    ['audit', ['auditlog']],
    ['components', ['clienttype', 'managesubscription']],
    ['users', ['userlist', 'adduser']],
    ['machines', ['machinelist', 'manage_machine_tokens']],
  ],
  user: [
    ['audit', ['auditlog']],
    ['tokens', ['enable', 'disable', 'assign', 'unassign', 'delete', 'resync', 'reset', 'setpin', 'enrollHOTP']],
    ['users', ['userlist', 'updateuser']],
  ],
}

export function menusOf(role: Caller['role'], rights: readonly string[]): string[] {
  return pages[role].filter(([, needed]) => needed.some((right) => rights.includes(right))).map(([page]) => page)
}
