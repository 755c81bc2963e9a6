import type {PolicyScope} from '../../types/policy.js'
import type {Release} from '../../types/release.js'
import {authenticationActions} from './authentication.js'
import {authorizationActions} from './authorization.js'
import type {PolicyAction} from './contract.js'
import {enrollmentActions} from './enrollment.js'
import {containerActions, hardeningActions, registerActions, tokenActions, webuiActions} from './interface.js'
import {adminActions, userActions} from './rights.js'

interface ScopeActions {
  /** First release with this scope. */
  since: Release
  actions: ReadonlyMap<string, PolicyAction>
}

const byName = (actions: readonly PolicyAction[]): ReadonlyMap<string, PolicyAction> =>
  new Map(actions.map((action) => [action.name, action]))

/** Every scope with the actions it knows. */
export const policyScopes: Readonly<Record<PolicyScope, ScopeActions>> = {
  admin: {actions: byName(adminActions), since: [3, 0]},
  audit: {actions: new Map(), since: [3, 0]},
  authentication: {actions: byName(authenticationActions), since: [3, 0]},
  authorization: {actions: byName(authorizationActions), since: [3, 0]},
  container: {actions: byName(containerActions), since: [3, 11]},
  enrollment: {actions: byName(enrollmentActions), since: [3, 0]},
  hardening: {actions: byName(hardeningActions), since: [3, 14]},
  register: {actions: byName(registerActions), since: [3, 0]},
  token: {actions: byName(tokenActions), since: [3, 12]},
  user: {actions: byName(userActions), since: [3, 0]},
  webui: {actions: byName(webuiActions), since: [3, 0]},
}

/** Whether a scope of that name exists in any release. */
export function isPolicyScope(scope: string): scope is PolicyScope {
  return Object.hasOwn(policyScopes, scope)
}
