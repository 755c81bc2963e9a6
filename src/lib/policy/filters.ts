import type {Policy} from '../types/policy.js'
import {clientList, type ClientList} from './client-networks.js'
import {elementList, type ElementList} from './elements.js'
import type {PolicyRequest} from './request.js'
import {localMinute, timeMatches} from './time.js'

/** Names of the criteria, as `policy explain` shows them. */
export type Stage =
  | 'inactive'
  | 'name'
  | 'scope'
  | 'action'
  | 'user'
  | 'realm'
  | 'adminrealm'
  | 'adminuser'
  | 'resolver'
  | 'resolver-all'
  | 'pinode'
  | 'client'
  | 'user_agent'
  | 'time'

/** A policy with its lists prepared; made once, on first use, and kept as long as the snapshot lives. */
export class PreparedPolicy {
  readonly policy: Policy
  readonly #lists = new Map<string, ElementList>()
  #clients: ClientList | undefined

  constructor(policy: Policy) {
    this.policy = policy
  }

  list(field: 'realms' | 'users' | 'resolvers' | 'adminRealms' | 'adminUsers' | 'actionKeys'): ElementList {
    let list = this.#lists.get(field)
    if (!list) {
      const elements = field === 'actionKeys' ? [...this.policy.actions.keys()] : this.policy[field]
      const foldCase = this.policy.userCaseInsensitive && (field === 'users' || field === 'adminUsers')
      list = elementList(elements, {foldCase})
      this.#lists.set(field, list)
    }
    return list
  }

  get clients(): ClientList {
    return (this.#clients ??= clientList(this.policy.clients))
  }
}

/** What the filters need to know beside policy and request. */
export interface FilterSurroundings {
  /** Names of the resolvers of a realm, by priority. */
  resolversOfRealm: (realm: string) => readonly string[]
}

/** One criterion of spec/07 §4.2, in the order of evaluation. */
export interface Filter {
  readonly stage: Stage
  /** False when the request does not give the value, so that the criterion is not checked. */
  asked(request: PolicyRequest): boolean
  passes(prepared: PreparedPolicy, request: PolicyRequest, surroundings: FilterSurroundings): boolean
}

/** An empty list does not restrict; otherwise the value must be found and not excluded. */
function passesList(list: ElementList, value: string): boolean {
  if (list.elements.length === 0) return true
  const {excluded, found} = list.search(value)
  return found && !excluded
}

const always = (): boolean => true

export const filters: readonly Filter[] = [
  {stage: 'name', asked: ({name}) => name !== undefined, passes: ({policy}, {name}) => policy.name === name},
  {stage: 'inactive', asked: always, passes: ({policy}) => policy.active},
  {stage: 'scope', asked: always, passes: ({policy}, {scope}) => policy.scope === scope},
  {
    stage: 'action',
    asked: ({action}) => action !== undefined,
    passes(prepared, {action}) {
      // a policy without any action would pass every filter in some releases; it means nothing, so it never matches
      if (prepared.policy.actions.size === 0) return false
      return passesList(prepared.list('actionKeys'), action!)
    },
  },
  {
    stage: 'user',
    asked: ({login}) => login !== undefined,
    passes: (prepared, {login}) => passesList(prepared.list('users'), login!),
  },
  {
    stage: 'realm',
    asked: ({additionalRealms, realm}) => realm !== undefined || additionalRealms !== undefined,
    passes(prepared, {additionalRealms, realm}) {
      const list = prepared.list('realms')
      if (realm !== undefined && passesList(list, realm)) return true
      if (list.elements.length === 0) return true
      // in list mode neither negation nor regular expressions are applied (spec/07 §4.1)
      return additionalRealms?.some((name) => list.elements.includes(name) || list.elements.includes('*')) ?? false
    },
  },
  {
    stage: 'adminrealm',
    asked: ({adminRealm, scope}) => scope === 'admin' && adminRealm !== undefined,
    passes: (prepared, {adminRealm}) => passesList(prepared.list('adminRealms'), adminRealm!),
  },
  {
    stage: 'adminuser',
    asked: ({adminUser, scope}) => scope === 'admin' && adminUser !== undefined,
    passes: (prepared, {adminUser}) => passesList(prepared.list('adminUsers'), adminUser!),
  },
  {
    stage: 'resolver',
    asked: ({resolver}) => resolver !== undefined,
    passes(prepared, {login, realm, resolver}, {resolversOfRealm}) {
      const list = prepared.list('resolvers')
      if (prepared.policy.checkAllResolvers) {
        if (!login || !realm) return false
        return resolversOfRealm(realm).some((name) => list.search(name).found)
      }
      // exclusion is ignored here, as in the original (spec/07 §4.5)
      return list.elements.length === 0 || list.search(resolver!).found
    },
  },
  {
    stage: 'pinode',
    asked: ({node}) => node !== undefined,
    passes: ({policy}, {node}) => policy.nodes.length === 0 || policy.nodes.includes(node!),
  },
  {
    stage: 'user_agent',
    asked: ({userAgent}) => userAgent !== undefined,
    passes: ({policy}, {userAgent}) =>
      policy.userAgents.length === 0 ||
      policy.userAgents.some((agent) => agent.toLowerCase() === userAgent!.toLowerCase()),
  },
  {
    stage: 'client',
    asked: ({client}) => client !== undefined,
    passes(prepared, {client}) {
      if (prepared.policy.clients.length === 0) return true
      const {excluded, found} = prepared.clients.search(client!)
      return found && !excluded
    },
  },
  {
    stage: 'time',
    asked: always,
    passes: ({policy}, {now}) => policy.time === '' || timeMatches(policy.time, localMinute(now)),
  },
]
