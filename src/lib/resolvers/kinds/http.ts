import {PiError, reasonOf} from '../../errors.js'
import type {UserInfo} from '../../types/user.js'
import type {Resolver, ResolverConfig, ResolverEnv, ResolverKind} from '../contract.js'
import {fillText, isMap, mapReply, readJsonMap, textOf, type Tags} from '../shared/http/mapping.js'
import {UserHttpService, type RequestPattern} from '../shared/http/service.js'
import {commonHttpSettings, readAttributes, readRequests, readService} from '../shared/http/settings.js'
import {HttpUsers} from '../shared/http/users.js'
import {isOn} from '../shared/values.js'

/** Users of any HTTP service: one request for their attributes, or since 3.12 a request for everything (spec/10 §7). */
export const http: ResolverKind = {
  type: 'httpresolver',
  settings: [
    {key: 'endpoint', type: 'string', summary: 'address that tells about a user'},
    {key: 'method', type: 'string', default: 'GET', summary: 'GET or POST'},
    {key: 'requestMapping', type: 'string', summary: 'what is sent, as JSON; {userid} is replaced'},
    {key: 'responseMapping', type: 'string', summary: 'user attribute → "{path.in.reply}", as JSON'},
    {key: 'hasSpecialErrorHandler', type: 'bool', default: 'False', summary: 'look into replies for errors'},
    {key: 'errorResponse', type: 'string', summary: 'pairs of a reply that mean: no such user, as JSON'},
    {key: 'testUser', type: 'string', summary: 'who is asked for in a test'},
    {key: 'advanced', type: 'bool', default: 'False', summary: 'use the requests of 3.12'},
    ...commonHttpSettings,
  ],
  async open(config, env) {
    return isOn(config.get('advanced')) ? openAdvanced(config, env) : new InformationService(config)
  },
}

async function openAdvanced(config: ResolverConfig, env: ResolverEnv): Promise<Resolver> {
  const options = await readService(config, env, '')
  const requests = readRequests(config)
  const account: Tags = {username: config.get('username') ?? '', password: config.get('password') ?? ''}
  const {authorization} = requests
  const plain = new UserHttpService(options)
  const service = new UserHttpService({
    ...options,
    ...(authorization && {authorization: () => headersOf(plain, authorization, account)}),
  })
  return new HttpUsers(service, {
    requests,
    attributes: readAttributes(config),
    editable: isOn(config.get('Editable')),
  })
}

/** Headers that a service gives for an account, e.g. `{"Authorization": "Bearer {access_token}"}`. */
async function headersOf(service: UserHttpService, pattern: RequestPattern, account: Tags): Promise<Tags> {
  const answer = await service.ask(pattern, account)
  if (answer.state !== 'found') throw new PiError('UNAVAILABLE', 'The user service does not let the resolver in.')
  const mapped = mapReply(pattern.responseMapping ?? {}, answer.reply)
  return Object.fromEntries(Object.entries(mapped).map(([name, value]) => [name, textOf(value)]))
}

/** The service of 3.8: it tells about users, and takes every login for an id. */
class InformationService implements Resolver {
  readonly #pattern: RequestPattern
  readonly #mapping: string
  readonly #testUser: string
  readonly #service: UserHttpService

  constructor(config: ResolverConfig) {
    const post = /^post$/i.test(config.get('method') ?? '')
    this.#mapping = config.get('requestMapping') || '{}'
    this.#testUser = config.get('testUser') ?? ''
    const special = isOn(config.get('hasSpecialErrorHandler'))
    this.#pattern = {
      method: post ? 'POST' : 'GET',
      endpoint: config.get('endpoint') ?? '',
      headers: readJsonMap(config.get('headers'), 'headers'),
      responseMapping: readJsonMap(config.get('responseMapping'), 'responseMapping'),
      errorResponse: special ? readJsonMap(config.get('errorResponse'), 'errorResponse') : undefined,
    }
    this.#service = new UserHttpService({baseUrl: '', timeoutMs: 60_000})
  }

  async findUser(login: string) {
    return login === '' ? undefined : {userId: login, login}
  }

  /** Asks for the user: an echo would prove nothing. */
  async findLogin(userId: string) {
    return (await this.userInfo(userId)) && userId
  }

  async userInfo(userId: string): Promise<UserInfo | undefined> {
    const encoded = JSON.stringify(userId).slice(1, -1)
    const requestMapping = readJsonMap(fillText(this.#mapping, {userid: encoded}), 'requestMapping')
    const answer = await this.#service.ask({...this.#pattern, requestMapping}, {userid: userId})
    if (answer.state === 'missing') return undefined
    if (answer.state === 'refused') {
      throw new PiError('UNAVAILABLE', `The user service answers with status ${answer.status}.`)
    }
    const mapped = mapReply(this.#pattern.responseMapping ?? {}, isMap(answer.reply) ? answer.reply : {})
    return Object.fromEntries(
      Object.entries(mapped).map(([key, value]) => [key, Array.isArray(value) ? value.map(textOf) : textOf(value)]),
    )
  }

  async checkPassword() {
    return false
  }

  async *listUsers() {}

  async test() {
    try {
      const info = await this.userInfo(this.#testUser)
      return {ok: info !== undefined, message: info ? JSON.stringify(info) : `There is no user '${this.#testUser}'.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {}
}
