import {alreadyExists, PiError, reasonOf} from '../errors.js'
import type {
  FoundUser,
  Resolver,
  ResolverEnv,
  ResolverTest,
  UserEditor,
  UserFields,
  UserSearch,
} from '../resolvers/contract.js'
import {resolverKind} from '../resolvers/registry.js'
import type {Realm} from '../types/realm.js'
import type {ResolverDefinition} from '../types/resolver.js'
import type {User, UserInfo, UserRecord} from '../types/user.js'
import type {UserCache} from './user-cache.js'

/** Realms and resolvers as they are at one moment. */
export interface Directory {
  /** By lower-case name. */
  readonly realms: ReadonlyMap<string, Realm>
  readonly defaultRealm: string | undefined
  /** By exact name. */
  readonly resolvers: ReadonlyMap<string, ResolverDefinition>
}

/** A user who was found, with the login that was typed: a store may know him by another one. */
export interface ResolvedUser extends User {
  usedLogin: string
}

/** What became of an id in a resolver; "unknown" must never be treated as "absent" (spec/10 §13). */
export type UserLookup =
  | {state: 'found'; login: string}
  | {state: 'absent'}
  | {state: 'resolver-missing'}
  | {state: 'unknown'; reason: PiError}

/** Custom attributes of users, which go before what the resolver says. */
export interface UserAttributes {
  of(user: Pick<User, 'userId' | 'resolver' | 'realm'>): Promise<UserInfo>
}

export interface UserServiceOptions {
  /** Gives the current realms and resolvers; asked once an operation. */
  directory: () => Promise<Directory>
  env: ResolverEnv
  attributes?: UserAttributes
  /** Users who were found before; absent: every look-up asks the store. */
  cache?: UserCache
  /** `PI_NODE_UUID`: links of realms that are bound to another node are left out. */
  nodeUuid?: string | undefined
}

export interface ListOptions {
  /** The resolvers of this realm. */
  realm?: string | undefined
  /** This resolver; beside a realm it comes on top of those of the realm (spec/10 §10). */
  resolver?: string | undefined
  search?: UserSearch
  /** Most users of each resolver; absent: what it is set to; `Infinity`: all that the store gives. */
  limit?: number | undefined
  /** Told about a resolver that could not be asked; without it, that ends the listing. */
  onFailure?: (resolver: string, reason: PiError) => void
}

/** Users of all resolvers: finding them by login or id, their attributes, passwords and lists (spec/10 §9–§11). */
export class UserService {
  readonly #options: UserServiceOptions
  readonly #opened = new Map<string, {definition: ResolverDefinition; resolver: Promise<Resolver>}>()

  constructor(options: UserServiceOptions) {
    this.#options = options
  }

  /**
   * The user of a realm by login: the first resolver of the realm that knows the login wins.
   * @param realm any case; absent or empty: the default realm
   * @returns undefined when the realm does not exist or every resolver knows of no such login
   * @throws PiError UNAVAILABLE when a resolver fails before one has found the user
   */
  async findUser(login: string, realm?: string): Promise<ResolvedUser | undefined> {
    const directory = await this.#options.directory()
    const name = (realm || directory.defaultRealm || '').toLowerCase()
    for (const resolver of this.#resolversOf(directory, name)) {
      const found = await this.#find(directory, resolver, login)
      if (found) return {login: found.login, usedLogin: login, realm: name, resolver, userId: found.userId}
    }
    return undefined
  }

  /**
   * The user whom one resolver knows by this login.
   * @throws PiError NOT_FOUND (resolver), UNAVAILABLE
   */
  async findInResolver(resolver: string, login: string): Promise<FoundUser | undefined> {
    return this.#find(await this.#options.directory(), resolver, login)
  }

  async #find(directory: Directory, resolver: string, login: string): Promise<FoundUser | undefined> {
    const {cache} = this.#options
    const cached = directory.resolvers.has(resolver) ? await cache?.findUser(login, resolver) : undefined
    if (cached) return cached
    const found = await (await this.#open(directory, resolver)).findUser(login)
    if (found) await cache?.remember({...found, usedLogin: login, resolver})
    return found
  }

  /** What has become of an id, e.g. of a token's owner. Never throws for a store that is down. */
  async getUser(userId: string, resolver: string): Promise<UserLookup> {
    const directory = await this.#options.directory()
    if (!directory.resolvers.has(resolver)) return {state: 'resolver-missing'}
    try {
      const cached = await this.#options.cache?.findLogin(userId, resolver)
      if (cached !== undefined) return {state: 'found', login: cached}
      const login = await (await this.#open(directory, resolver)).findLogin(userId)
      if (login !== undefined) await this.#options.cache?.remember({login, usedLogin: login, resolver, userId})
      return login === undefined || login === '' ? {state: 'absent'} : {state: 'found', login}
    } catch (error) {
      return {state: 'unknown', reason: asPiError(error)}
    }
  }

  /**
   * Attributes of a user, custom ones first; empty when the store does not know the id.
   * @throws PiError NOT_FOUND (resolver), UNAVAILABLE
   */
  async userInfo(user: Pick<User, 'userId' | 'resolver' | 'realm'>): Promise<UserInfo> {
    const resolver = await this.#open(await this.#options.directory(), user.resolver)
    const [stored, custom] = await Promise.all([resolver.userInfo(user.userId), this.#options.attributes?.of(user)])
    return {...stored, ...custom}
  }

  /**
   * Whether the password is the one in the user store.
   * @throws PiError NOT_FOUND (resolver), UNAVAILABLE
   */
  async checkPassword(user: Pick<User, 'userId' | 'resolver'>, password: string): Promise<boolean> {
    return (await this.#open(await this.#options.directory(), user.resolver)).checkPassword(user.userId, password)
  }

  /**
   * Users of a realm, of a resolver, or of all resolvers; each resolver once.
   * @throws PiError NOT_FOUND (realm, resolver), UNAVAILABLE
   */
  async *listUsers({realm, resolver, search = {}, limit, onFailure}: ListOptions = {}): AsyncIterable<UserRecord> {
    const directory = await this.#options.directory()
    const realmName = realm?.toLowerCase()
    if (realmName !== undefined && !directory.realms.has(realmName)) {
      throw new PiError('NOT_FOUND', `There is no realm '${realmName}'.`, {hints: ['See pi-manage realm list']})
    }
    const realms = realmName === undefined ? (resolver === undefined ? [...directory.realms.keys()] : []) : [realmName]
    const ofRealms = new Set(realms.flatMap((name) => this.#resolversOf(directory, name)))
    const names = new Set([...(resolver === undefined ? [] : [resolver]), ...ofRealms])
    for (const name of names) {
      try {
        for await (const user of (await this.#open(directory, name)).listUsers(search, {limit})) {
          yield {...user, resolver: name, ...(realmName !== undefined && ofRealms.has(name) && {realm: realmName})}
        }
      } catch (error) {
        if (!onFailure) throw error
        onFailure(name, asPiError(error))
      }
    }
  }

  /**
   * Makes a user in a resolver that is set to allow it.
   * @returns his id there
   * @throws PiError NOT_FOUND (resolver), REFUSED (not editable), ALREADY_EXISTS, INVALID_INPUT, UNAVAILABLE
   */
  async createUser(resolver: string, fields: UserFields): Promise<string> {
    const editor = await this.#editor(resolver)
    const login = fields['username']
    if (typeof login !== 'string' || login === '') throw new PiError('INVALID_INPUT', 'A new user needs a username.')
    if (await (await this.resolver(resolver)).findUser(login)) throw alreadyExists('user', login)
    return editor.create(fields)
  }

  /**
   * Changes a user in his store; what is not among the fields stays.
   * @throws PiError NOT_FOUND (resolver, user), REFUSED (not editable), INVALID_INPUT, UNAVAILABLE
   */
  async updateUser({resolver, userId}: Pick<User, 'resolver' | 'userId'>, fields: UserFields): Promise<void> {
    await this.#change(resolver, userId, (editor) => editor.update(userId, fields))
  }

  /**
   * Deletes a user in his store. His tokens stay, as orphans.
   * @throws PiError NOT_FOUND (resolver, user), REFUSED (not editable), UNAVAILABLE
   */
  async deleteUser({resolver, userId}: Pick<User, 'resolver' | 'userId'>): Promise<void> {
    await this.#change(resolver, userId, (editor) => editor.delete(userId))
  }

  /** A user who changes is not found under his old login any more. */
  async #change(resolver: string, userId: string, work: (editor: UserEditor) => Promise<void>): Promise<void> {
    const editor = await this.#editor(resolver)
    const login = await (await this.resolver(resolver)).findLogin(userId)
    await work(editor)
    if (login) await this.#options.cache?.forget(login, resolver)
  }

  /** Whether the users of a resolver may be changed. @throws PiError NOT_FOUND, CONFIG */
  async isEditable(resolver: string): Promise<boolean> {
    return (await this.resolver(resolver)).editor !== undefined
  }

  async #editor(name: string): Promise<UserEditor> {
    const {editor} = await this.resolver(name)
    if (editor) return editor
    throw new PiError('REFUSED', `The resolver '${name}' is not set to be editable.`, {
      hints: ['Only LDAP, SQL and HTTP resolvers can be, with their setting Editable'],
    })
  }

  /**
   * Tests a connection with settings that need not be saved.
   * @throws PiError CONFIG for a type or settings that make no sense
   */
  async testDefinition(type: string, settings: ReadonlyMap<string, string>): Promise<ResolverTest> {
    const resolver = await (await resolverKind(type)).open(settings, this.#options.env)
    try {
      return await resolver.test()
    } finally {
      await resolver.close()
    }
  }

  /** An opened resolver, e.g. for a connection test. @throws PiError NOT_FOUND, CONFIG */
  async resolver(name: string): Promise<Resolver> {
    return this.#open(await this.#options.directory(), name)
  }

  /** The realms and resolvers that look-ups use now. */
  directory(): Promise<Directory> {
    return this.#options.directory()
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()]
    this.#opened.clear()
    for (const {resolver} of opened) await (await resolver.catch(() => undefined))?.close()
  }

  #resolversOf(directory: Directory, realm: string): string[] {
    const links = directory.realms.get(realm)?.resolvers ?? []
    const here = links.filter(({node}) => node === '' || node === this.#options.nodeUuid)
    return [...new Set(here.map(({name}) => name))]
  }

  /** Keeps a resolver open until its definition changes. */
  #open(directory: Directory, name: string): Promise<Resolver> {
    const definition = directory.resolvers.get(name)
    if (!definition)
      throw new PiError('NOT_FOUND', `The resolver '${name}' does not exist!`, {hints: ['See pi-manage resolver list']})
    const kept = this.#opened.get(name)
    if (kept && sameDefinition(kept.definition, definition)) return kept.resolver
    if (kept) void kept.resolver.then((old) => old.close()).catch(() => undefined)
    const resolver = this.#make(definition)
    this.#opened.set(name, {definition, resolver})
    resolver.catch(() => this.#opened.delete(name))
    return resolver
  }

  async #make(definition: ResolverDefinition): Promise<Resolver> {
    if (definition.undecryptable.length > 0) {
      throw new PiError(
        'UNAVAILABLE',
        `The encryption key does not fit ${definition.undecryptable.join(', ')} of the resolver '${definition.name}'.`,
        {hints: ['Check the key with pi-manage enckey check']},
      )
    }
    return (await resolverKind(definition.type)).open(definition.settings, this.#options.env)
  }
}

function sameDefinition(a: ResolverDefinition, b: ResolverDefinition): boolean {
  if (a === b) return true
  if (a.type !== b.type || a.settings.size !== b.settings.size) return false
  for (const [key, value] of a.settings) if (b.settings.get(key) !== value) return false
  return a.undecryptable.length === b.undecryptable.length
}

function asPiError(error: unknown): PiError {
  return error instanceof PiError ? error : new PiError('UNAVAILABLE', reasonOf(error), {cause: error})
}
