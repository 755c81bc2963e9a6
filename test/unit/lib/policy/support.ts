import type {Policy} from '../../../../src/lib/types/policy.js'
import {parseActions, parseList} from '../../../../src/lib/policy/encoding.js'
import type {PolicyRequest} from '../../../../src/lib/policy/request.js'

let lastId = 0

/** A policy from texts as they stand in the database. */
export function policy(
  name: string,
  scope: string,
  action: string,
  fields: Partial<Omit<Policy, 'realms' | 'users' | 'resolvers' | 'clients'>> & {
    realm?: string
    user?: string
    resolver?: string
    client?: string
  } = {},
): Policy {
  const {client, realm, resolver, user, ...rest} = fields
  return {
    id: (lastId += 1),
    name,
    scope,
    active: true,
    actions: parseActions(action),
    realms: parseList(realm),
    users: parseList(user),
    resolvers: parseList(resolver),
    clients: parseList(client),
    adminRealms: [],
    adminUsers: [],
    nodes: [],
    userAgents: [],
    time: '',
    priority: 1,
    checkAllResolvers: false,
    userCaseInsensitive: false,
    conditions: [],
    ...rest,
  }
}

/** A request of scope authentication at a Wednesday noon. */
export function request(fields: Partial<PolicyRequest>): PolicyRequest {
  return {context: {}, now: new Date(2023, 10, 15, 12, 0, 30), scope: 'authentication', ...fields}
}
