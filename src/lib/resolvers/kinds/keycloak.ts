import type {ResolverKind} from '../contract.js'
import {BearerToken, requestToken} from '../shared/http/bearer.js'
import {isMap, textOf, type JsonMap, type Tags} from '../shared/http/mapping.js'
import {UserHttpService, type RequestPattern} from '../shared/http/service.js'
import {commonHttpSettings, readAttributes, readRequests, readService, type Requests} from '../shared/http/settings.js'
import {HttpUsers, type UserPage} from '../shared/http/users.js'
import {isOn} from '../shared/values.js'

/** Users that Keycloak gives in one answer. */
const pageSize = 500

const attributes = {
  username: 'username',
  userid: 'id',
  givenname: 'firstName',
  surname: 'lastName',
  email: 'email',
}

/** Users of a realm of Keycloak, through its admin interface (spec/10 §7). */
export const keycloak: ResolverKind = {
  type: 'keycloakresolver',
  settings: [
    {key: 'realm', type: 'string', required: true, summary: 'realm of Keycloak'},
    {key: 'pi_user_groups_key', type: 'string', default: 'groups', summary: 'user attribute with the groups'},
    ...commonHttpSettings,
  ],
  async open(config, env) {
    const options = await readService(config, env, 'http://localhost:8080')
    const realm = encodeURIComponent(config.get('realm') ?? '')
    const base = options.baseUrl.replace(/\/+$/, '')
    const account = {username: config.get('username') ?? '', password: config.get('password') ?? ''}
    const grant = (who: Tags) =>
      requestToken(
        `${base}/realms/${realm}/protocol/openid-connect/token`,
        {grant_type: 'password', client_id: 'admin-cli', ...who},
        options,
      )
    const token = new BearerToken(() => grant(account))
    const service = new UserHttpService({...options, authorization: (renew) => token.header(renew)})
    const requests = readRequests(config, usualRequests(realm))
    const groups = config.has('config_get_user_groups') ? requests.get_user_groups : undefined
    return new HttpUsers(service, {
      requests,
      attributes: readAttributes(config, attributes),
      editable: isOn(config.get('Editable')),
      searchQuery: (conditions) => ({query: searchQuery(conditions)}),
      page: (reply, query) => nextPage(Array.isArray(reply) ? reply.filter(isMap) : [], query),
      checkPassword: async (username, password) => (await grant({username, password})) !== 'refused',
      body: (mapped, fields, kind) => ({
        ...mapped,
        ...(kind === 'create' && {enabled: true}),
        ...(fields['password'] !== undefined && {
          credentials: [{type: 'password', value: textOf(fields['password'] as string), temporary: false}],
        }),
      }),
      ...(groups && {
        groups: {
          key: config.get('pi_user_groups_key') || 'groups',
          of: (id: string) => groupNames(service, groups, id),
        },
      }),
    })
  },
}

function usualRequests(realm: string): Requests {
  const users = `/admin/realms/${realm}/users`
  return {
    get_user_by_id: {method: 'GET', endpoint: `${users}/{userid}`},
    get_user_by_name: {method: 'GET', endpoint: users, requestMapping: {username: '{username}', exact: true}},
    get_user_list: {method: 'GET', endpoint: users},
    get_user_groups: {method: 'GET', endpoint: `${users}/{userid}/groups`},
    create_user: {method: 'POST', endpoint: users},
    edit_user: {method: 'PUT', endpoint: `${users}/{userid}`},
    delete_user: {method: 'DELETE', endpoint: `${users}/{userid}`},
  }
}

/** Keycloak searches for what is contained in an attribute, unless asked for the whole. */
function searchQuery(conditions: readonly [string, string][]): Record<string, string> {
  const query: Record<string, string> = {first: '0', max: String(pageSize)}
  const named = conditions.filter(([, pattern]) => pattern !== '*')
  for (const [attribute, pattern] of named) query[attribute] = pattern.replaceAll('*', '')
  if (named.length > 0) query['exact'] = String(named.every(([, pattern]) => !pattern.includes('*')))
  return query
}

function nextPage(users: readonly JsonMap[], query: Tags): UserPage {
  if (users.length < pageSize) return {users}
  return {users, next: {query: {...query, first: String(Number(query['first']) + pageSize)}}}
}

async function groupNames(service: UserHttpService, pattern: RequestPattern, userId: string): Promise<string[]> {
  const answer = await service.ask(pattern, {userid: userId})
  const groups = answer.state === 'found' && Array.isArray(answer.reply) ? answer.reply.filter(isMap) : []
  return groups.map((group) => textOf(group['name']))
}
