import {PiError, reasonOf} from '../../errors.js'
import {httpCall} from '../../net/http-client.js'
import type {UserInfo} from '../../types/user.js'
import type {ListedUser, Resolver, ResolverConfig, ResolverKind, UserListOptions, UserSearch} from '../contract.js'
import {BearerToken} from '../shared/http/bearer.js'
import {isMap, textOf, valueAt, type JsonMap} from '../shared/http/mapping.js'
import {UserHttpService} from '../shared/http/service.js'
import {matchesText} from '../shared/patterns.js'

const timeoutMs = 60_000
/** Users asked for at a time (RFC 7644 §3.4.2.4). */
const pageSize = 200

/** Users of a SCIM service (RFC 7644; spec/10 §6). */
export const scim: ResolverKind = {
  type: 'scimresolver',
  settings: [
    {key: 'Authserver', type: 'string', required: true, summary: 'address of the service that gives tokens'},
    {key: 'Resourceserver', type: 'string', required: true, summary: 'address of the service with the users'},
    {key: 'Client', type: 'string', summary: 'login at the token service'},
    {key: 'Secret', type: 'string', masked: true, summary: 'password there; the originals store it in clear'},
    {key: 'Mapping', type: 'string', default: '{}', summary: 'without effect'},
  ],
  async open(config) {
    return new ScimUsers(config)
  },
}

/** The id of a user is his login, and every login is taken for known, as in the original. */
class ScimUsers implements Resolver {
  readonly #service: UserHttpService

  constructor(config: ResolverConfig) {
    const token = new BearerToken(() => fetchToken(config))
    this.#service = new UserHttpService({
      baseUrl: config.get('Resourceserver') ?? '',
      headers: {'content-type': 'application/json'},
      timeoutMs,
      authorization: (renew) => token.header(renew),
    })
  }

  async findUser(login: string) {
    return login === '' ? undefined : {userId: login, login}
  }

  /** Asks for the user: an echo would prove nothing. */
  async findLogin(userId: string) {
    return (await this.userInfo(userId)) && userId
  }

  async userInfo(userId: string): Promise<UserInfo | undefined> {
    const answer = await this.#service.ask({method: 'GET', endpoint: '/Users/{userid}'}, {userid: userId})
    if (answer.state === 'missing') return undefined
    if (answer.state === 'refused' || !isMap(answer.reply)) throw refused()
    return infoOf(answer.reply)
  }

  async checkPassword() {
    return false
  }

  /** The service gives all users; patterns are compared here. */
  async *listUsers(
    search: UserSearch,
    {limit = Number.POSITIVE_INFINITY}: UserListOptions = {},
  ): AsyncIterable<ListedUser> {
    let left = limit
    for await (const {Resources} of this.#pages()) {
      for (const resource of Resources) {
        const info = infoOf(resource)
        const login = String(info['username'] ?? '')
        const fits = Object.entries(search).every(([key, pattern]) => matchesText(String(info[key] ?? ''), pattern))
        if (!fits || login === '') continue
        if (left <= 0) return
        left -= 1
        yield {userId: login, login, info}
      }
    }
  }

  async test() {
    try {
      for await (const {totalResults} of this.#pages()) {
        return {ok: true, users: totalResults, message: `Found ${totalResults} users`}
      }
      return {ok: true, users: 0, message: 'Found 0 users'}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {}

  async *#pages(): AsyncIterable<{Resources: readonly JsonMap[]; totalResults: number}> {
    for (let startIndex = 1; ;) {
      const query = {startIndex: String(startIndex), count: String(pageSize)}
      const answer = await this.#service.ask({method: 'GET', endpoint: '/Users'}, {}, query)
      if (answer.state !== 'found' || !isMap(answer.reply)) throw refused()
      const list = answer.reply['Resources']
      const Resources = Array.isArray(list) ? list.filter(isMap) : []
      const totalResults = Number(answer.reply['totalResults'] ?? Resources.length)
      yield {Resources, totalResults}
      startIndex += Resources.length
      if (Resources.length === 0 || startIndex > totalResults) return
    }
  }
}

function infoOf(user: JsonMap): UserInfo {
  return {
    username: textOf(user['userName']),
    givenname: textOf(valueAt(user, 'name.givenName')),
    surname: textOf(valueAt(user, 'name.familyName')),
    phone: textOf(valueAt(user, 'phoneNumbers[0].value')),
    email: textOf(valueAt(user, 'emails[0].value')),
    mobile: '',
  }
}

function refused(): PiError {
  return new PiError('UNAVAILABLE', 'The SCIM service refuses the request.', {
    hints: ['Look at Resourceserver, Client and Secret'],
  })
}

/** Client credentials, asked for as the original does: by GET, with basic authentication. */
async function fetchToken(config: ResolverConfig): Promise<{token: string; seconds: number}> {
  const {status, text} = await httpCall({
    url: `${config.get('Authserver') ?? ''}/oauth/token`,
    method: 'GET',
    query: {grant_type: 'client_credentials'},
    basicAuth: {user: config.get('Client') ?? '', password: config.get('Secret') ?? ''},
    timeoutMs,
  })
  if (status !== 200) throw new PiError('UNAVAILABLE', `The token service of SCIM answers with status ${status}.`)
  const reply = JSON.parse(text) as JsonMap
  return {token: textOf(reply['access_token']), seconds: Number(reply['expires_in']) || 60}
}
