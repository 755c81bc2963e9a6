import {notFound, PiError, reasonOf} from '../../../errors.js'
import type {UserInfo} from '../../../types/user.js'
import type {ListedUser, Resolver, UserEditor, UserFields, UserListOptions, UserSearch} from '../../contract.js'
import {isMap, mapReply, textOf, valueAt, type Json, type JsonMap, type Tags} from './mapping.js'
import type {Answer, RequestPattern, UserHttpService} from './service.js'
import type {Requests} from './settings.js'

/** A page of a listing. */
export interface UserPage {
  users: readonly JsonMap[]
  /** Address or query of what comes after it; absent at the end. */
  next?: {endpoint: string} | {query: Tags}
}

/** How a service differs from others. */
export interface HttpDialect {
  requests: Requests
  /** User attribute → attribute of the service. */
  attributes: ReadonlyMap<string, string>
  editable: boolean
  /** The query of a listing, and headers that it needs. Absent: search keys under their names at the service. */
  searchQuery?: (conditions: readonly [attribute: string, pattern: string][]) => {query: Tags; headers?: JsonMap}
  /** Takes an answer to a listing apart. */
  page?: (reply: Json, query: Tags) => UserPage
  /** Whether a password is right. Absent: the request `user_auth`. */
  checkPassword?: (login: string, password: string) => Promise<boolean>
  /** What is sent to make or change a user. Absent: mapped attributes. */
  body?: (attributes: JsonMap, fields: UserFields, kind: 'create' | 'edit') => JsonMap
  /** Names of the groups of a user and the key under which they are told. */
  groups?: {key: string; of: (userId: string) => Promise<readonly string[]>}
}

/** A listing in one piece: a list, or the only list in an object. */
const wholeList = (reply: Json): UserPage => ({users: listIn(reply)})

const listIn = (reply: Json): readonly JsonMap[] => {
  const list = Array.isArray(reply)
    ? reply
    : isMap(reply)
      ? Object.values(reply).find((value) => Array.isArray(value))
      : []
  return (list ?? []).filter(isMap)
}

/** Users of a service that is asked over HTTP (spec/10 §7). Only status 404 and a configured error body prove absence. */
export class HttpUsers implements Resolver {
  readonly #service: UserHttpService
  readonly #dialect: HttpDialect
  readonly editor?: UserEditor

  constructor(service: UserHttpService, dialect: HttpDialect) {
    this.#service = service
    this.#dialect = dialect
    if (dialect.editable) {
      this.editor = {
        create: (fields) => this.#create(fields),
        update: (userId, fields) => this.#update(userId, fields),
        delete: (userId) => this.#delete(userId),
      }
    }
  }

  /** Without a request for it every login is taken for known, as in the original. */
  async findUser(login: string) {
    const pattern = this.#dialect.requests.get_user_by_name
    if (login === '') return undefined
    if (!pattern) return {userId: login, login}
    const reply = found(await this.#service.ask(pattern, {username: login}), 'a user by name')
    if (reply === undefined) return undefined
    const users = this.#usersIn(reply)
    if (users.length > 1) throw new PiError('UNAVAILABLE', `The user service has several users '${login}'.`)
    const userId = users[0] && this.#id(users[0], pattern)
    return userId ? {userId, login} : undefined
  }

  async findLogin(userId: string) {
    const user = await this.#user(userId)
    return user && textOf(this.#attribute(user, 'username') ?? userId)
  }

  async userInfo(userId: string): Promise<UserInfo | undefined> {
    const user = await this.#user(userId)
    if (!user) return undefined
    const {groups} = this.#dialect
    return {...this.#info(user), ...(groups && {[groups.key]: await groups.of(userId)})}
  }

  async checkPassword(userId: string, password: string): Promise<boolean> {
    const {checkPassword, requests} = this.#dialect
    if (password === '' || (!checkPassword && !requests.user_auth)) return false
    const login = await this.findLogin(userId)
    if (!login) return false
    if (checkPassword) return checkPassword(login, password)
    const answer = await this.#service.ask(requests.user_auth!, {userid: userId, username: login, password})
    return answer.state === 'found'
  }

  async *listUsers(
    search: UserSearch,
    {limit = Number.POSITIVE_INFINITY}: UserListOptions = {},
  ): AsyncIterable<ListedUser> {
    const {attributes, requests, searchQuery, page = wholeList} = this.#dialect
    const pattern = requests.get_user_list
    if (!pattern) return
    const conditions: [string, string][] = []
    for (const [key, value] of Object.entries(search)) {
      const attribute = attributes.get(key)
      if (attribute === undefined) return
      conditions.push([attribute, value])
    }
    const built = searchQuery?.(conditions) ?? {query: Object.fromEntries(conditions)}
    let left = limit
    let next: UserPage['next'] = {query: built.query}
    while (next) {
      const asked: RequestPattern = {...pattern, ...('endpoint' in next && {endpoint: next.endpoint})}
      if ('headers' in built && built.headers) asked.headers = {...asked.headers, ...built.headers}
      const query: Tags = 'query' in next ? next.query : {}
      const reply = found(await this.#service.ask(asked, {}, query), 'a list of users')
      const taken = page(reply ?? [], query)
      for (const user of taken.users) {
        const userId = this.#id(user, pattern)
        if (!userId) continue
        if (left <= 0) return
        left -= 1
        const info = this.#info(user)
        yield {userId, login: String(info['username'] ?? userId), info: {...info, userid: userId}}
      }
      next = taken.users.length > 0 ? taken.next : undefined
    }
  }

  async test() {
    try {
      let users = 0
      for await (const user of this.listUsers({}, {limit: 1000})) users += user.userId === '' ? 0 : 1
      return {ok: true, users, message: `Found ${users} users.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {}

  async #user(userId: string): Promise<JsonMap | undefined> {
    const pattern = this.#dialect.requests.get_user_by_id
    if (userId === '') return undefined
    if (!pattern) throw new PiError('CONFIG', 'The resolver has no request for a user by id (config_get_user_by_id).')
    const reply = found(await this.#service.ask(pattern, {userid: userId, username: userId}), 'a user by id')
    if (reply === undefined) return undefined
    const [user] = this.#usersIn(reply)
    if (!user) throw new PiError('UNAVAILABLE', 'The user service answers with something that is no user.')
    return pattern.responseMapping ? {...user, ...this.#asStored(mapReply(pattern.responseMapping, user))} : user
  }

  /** What a response mapping names as user attributes, under the names of the service. */
  #asStored(mapped: JsonMap): JsonMap {
    return Object.fromEntries(
      Object.entries(mapped).map(([key, value]) => [this.#dialect.attributes.get(key) ?? key, value]),
    )
  }

  #usersIn(reply: Json): readonly JsonMap[] {
    if (Array.isArray(reply)) return reply.filter(isMap)
    return isMap(reply) ? [reply] : []
  }

  #attribute(user: JsonMap, key: string): Json | undefined {
    const name = this.#dialect.attributes.get(key) ?? key
    return Object.hasOwn(user, name) ? user[name] : valueAt(user, name)
  }

  #id(user: JsonMap, {responseMapping}: RequestPattern): string {
    const mapped = responseMapping ? mapReply(responseMapping, user)['userid'] : undefined
    return textOf(mapped ?? this.#attribute(user, 'userid'))
  }

  #info(user: JsonMap): UserInfo {
    const info: Record<string, string | number | boolean | readonly string[]> = {}
    for (const key of this.#dialect.attributes.keys()) {
      const value = this.#attribute(user, key)
      if (value === undefined || value === null || key === 'password') continue
      if (Array.isArray(value)) info[key] = value.map(textOf)
      else info[key] = typeof value === 'object' ? textOf(value) : value
    }
    return info
  }

  async #create(fields: UserFields): Promise<string> {
    const login = textOf((fields['username'] as string | undefined) ?? '')
    const answer = await this.#write('create_user', {username: login}, fields, 'create')
    if (answer.state === 'refused' && answer.status === 409) {
      throw new PiError('ALREADY_EXISTS', `The user service knows '${login}' already.`)
    }
    accepted(answer)
    const created = await this.findUser(login)
    if (!created) throw new PiError('UNAVAILABLE', `The user service does not show '${login}', whom it has just made.`)
    return created.userId
  }

  async #update(userId: string, fields: UserFields): Promise<void> {
    const answer = await this.#write('edit_user', {userid: userId}, fields, 'edit')
    if (answer.state === 'missing') throw notFound('user', userId)
    accepted(answer)
  }

  async #delete(userId: string): Promise<void> {
    const answer = await this.#service.ask(this.#pattern('delete_user'), {userid: userId})
    if (answer.state === 'missing') throw notFound('user', userId)
    accepted(answer)
  }

  #pattern(name: 'create_user' | 'delete_user' | 'edit_user'): RequestPattern {
    const pattern = this.#dialect.requests[name]
    if (pattern) return pattern
    throw new PiError('REFUSED', `The resolver has no config_${name}.`)
  }

  async #write(
    name: 'create_user' | 'edit_user',
    known: Tags,
    fields: UserFields,
    kind: 'create' | 'edit',
  ): Promise<Answer> {
    const {attributes, body = (mapped: JsonMap) => mapped} = this.#dialect
    const pattern = this.#pattern(name)
    const mapped: JsonMap = {}
    const tags: Record<string, string> = {...known}
    for (const [key, value] of Object.entries(fields)) {
      const attribute = attributes.get(key)
      if (attribute === undefined && key !== 'password') {
        throw new PiError('INVALID_INPUT', `The resolver stores no '${key}'.`, {
          hints: [`It stores ${[...attributes.keys()].join(', ')}`],
        })
      }
      tags[key] = typeof value === 'string' ? value : (value[0] ?? '')
      if (attribute !== undefined) mapped[attribute] = typeof value === 'string' ? value : [...value]
    }
    return this.#service.ask({...pattern, requestMapping: pattern.requestMapping ?? body(mapped, fields, kind)}, tags)
  }
}

/** The reply, or undefined when the service proves that there is none. @throws PiError UNAVAILABLE for all else */
function found(answer: Answer, what: string): Json | undefined {
  if (answer.state === 'found') return answer.reply
  if (answer.state === 'missing') return undefined
  throw new PiError('UNAVAILABLE', `The user service refuses to give ${what}: status ${answer.status}.`)
}

function accepted(answer: Answer): void {
  if (answer.state === 'found') return
  const status = answer.state === 'refused' ? answer.status : 404
  throw new PiError('INVALID_INPUT', `The user service refuses the change: status ${status}.`)
}
