import type {Database} from '../../db/database.js'
import {notFound, PiError} from '../../errors.js'
import type {UserFields} from '../../resolvers/contract.js'
import {RealmRepository} from '../../store/realms.js'
import {TokenOwnerRepository, type OwnedToken} from '../../store/token-owners.js'
import {UserAttributeRepository, type AttributeOwner} from '../../store/user-attributes.js'
import {UserCacheRepository} from '../../store/user-cache.js'
import type {User, UserInfo} from '../../types/user.js'
import * as changes from '../tokens/changes.js'
import {TokenRepository} from '../../store/tokens.js'
import type {UserService} from '../users.js'

/** How a user is named on a command line. */
export interface NamedUser {
  /** `login`, or `login@realm` when there is such a realm. */
  login?: string | undefined
  realm?: string | undefined
  resolver?: string | undefined
  /** Id inside the resolver, instead of a login. */
  userId?: string | undefined
}

/** All that is known of a user. */
export interface UserAccount extends User {
  editable: boolean
  /** What the resolver says. */
  info: UserInfo
  /** Custom attributes, which go before it. */
  attributes: Record<string, string>
  tokens: OwnedToken[]
}

/** What becomes of the tokens of a user who is deleted. */
export type TokenFate = 'keep' | 'refuse' | 'unassign'

interface UserAccountsOptions {
  db: Database
  users: UserService
  emptyPinHash: () => Promise<string>
}

/** Single users: what is known of them, and what is stored of them here beside their user store (spec/10 §9–§12). */
export class UserAccounts {
  readonly #options: UserAccountsOptions

  constructor(options: UserAccountsOptions) {
    this.#options = options
  }

  /**
   * The user whom the command line names. By id also one who is gone: his login is empty then.
   * @throws PiError NOT_FOUND, USAGE (not enough said), UNAVAILABLE
   */
  async find({login, realm, resolver, userId}: NamedUser): Promise<User> {
    const {users} = this.#options
    if (userId !== undefined) {
      if (resolver === undefined) throw new PiError('USAGE', 'An id is that of a resolver: add --resolver.')
      const found = await users.getUser(userId, resolver)
      if (found.state === 'unknown') throw found.reason
      if (found.state === 'resolver-missing') throw notFound('resolver', resolver, 'pi-manage resolver list')
      const login = found.state === 'found' ? found.login : ''
      return {login, realm: await this.#realmOf(resolver, realm), resolver, userId}
    }
    if (login === undefined || login === '') throw new PiError('USAGE', 'Name a user.')
    const split = realm === undefined ? await this.#split(login) : {login, realm}
    if (resolver !== undefined) {
      const found = await users.findInResolver(resolver, split.login)
      if (!found) throw unknownUser(split.login, `resolver '${resolver}'`)
      return {...found, realm: await this.#realmOf(resolver, split.realm), resolver}
    }
    const found = await users.findUser(split.login, split.realm)
    if (!found) throw unknownUser(split.login, split.realm === undefined ? 'default realm' : `realm '${split.realm}'`)
    return {login: found.login, realm: found.realm, resolver: found.resolver, userId: found.userId}
  }

  /** @throws PiError NOT_FOUND, USAGE, UNAVAILABLE */
  async get(named: NamedUser): Promise<UserAccount> {
    const {db, users} = this.#options
    const user = await this.find(named)
    const resolver = await users.resolver(user.resolver)
    const attributes = await this.attributes(user)
    const tokens = await new TokenOwnerRepository(db).tokensOf(user, await new RealmRepository(db).id(user.realm))
    const info = (await resolver.userInfo(user.userId)) ?? {}
    return {...user, editable: await users.isEditable(user.resolver), info, attributes, tokens}
  }

  /** Custom attributes of a user. */
  async attributes(user: User): Promise<Record<string, string>> {
    const owner = await this.#owner(user)
    return owner === undefined ? {} : Object.fromEntries(await new UserAttributeRepository(this.#options.db).of(owner))
  }

  /** @returns whether it had another value @throws PiError USAGE (realm not known), INVALID_INPUT (too long) */
  async setAttribute(user: User, key: string, value: string): Promise<boolean> {
    if (key === '' || [...key].length > 255) {
      throw new PiError('INVALID_INPUT', 'The name of an attribute has 1 to 255 characters.')
    }
    const owner = await this.#requiredOwner(user)
    return this.#options.db.transaction((tx) => new UserAttributeRepository(tx).set(owner, key, value))
  }

  /** Deletes these attributes, or all. @returns the names of those that were there */
  async deleteAttributes(user: User, keys?: readonly string[]): Promise<string[]> {
    const owner = await this.#requiredOwner(user)
    return this.#options.db.transaction((tx) => new UserAttributeRepository(tx).delete(owner, keys))
  }

  /**
   * Makes a user in an editable resolver; without `resolver` in the one editable resolver of the realm.
   * @throws PiError USAGE (several resolvers), REFUSED, ALREADY_EXISTS, INVALID_INPUT, UNAVAILABLE
   */
  async create({realm, resolver}: NamedUser, fields: UserFields): Promise<User> {
    const {users} = this.#options
    const chosen = resolver ?? (await this.#editableOf(realm))
    const userId = await users.createUser(chosen, fields)
    const login = String(fields['username'])
    await this.#forget(login, chosen)
    return {login, realm: realm?.toLowerCase() ?? (await this.#realmOf(chosen, undefined)), resolver: chosen, userId}
  }

  /** Changes a user in his store. @throws PiError REFUSED, INVALID_INPUT, UNAVAILABLE */
  async update(user: User, fields: UserFields): Promise<void> {
    await this.#options.users.updateUser(user, fields)
    await this.#forget(user.login, user.resolver)
  }

  /**
   * Deletes a user in his store, with his custom attributes.
   * @returns serials of his tokens
   * @throws PiError REFUSED (he has tokens, the resolver is not editable), UNAVAILABLE
   */
  async delete(user: User, {dryRun = false, tokens: fate}: {dryRun?: boolean; tokens: TokenFate}): Promise<string[]> {
    const {db, users} = this.#options
    if (!(await users.isEditable(user.resolver))) {
      throw new PiError('REFUSED', `The resolver '${user.resolver}' is not set to be editable.`)
    }
    const tokens = await new TokenOwnerRepository(db).tokensOf(user)
    const serials = tokens.map(({serial}) => serial)
    if (fate === 'refuse' && serials.length > 0) {
      throw new PiError('REFUSED', `The user '${user.login}' has tokens: ${serials.join(', ')}.`, {
        hints: ['Take them away with --tokens unassign, or let them become orphans with --tokens keep'],
      })
    }
    if (dryRun) return serials
    const emptyPinHash = fate === 'unassign' ? await this.#options.emptyPinHash() : ''
    // Tokens first: should the store fail then, the user is still there to be given them again.
    if (fate === 'unassign') {
      await db.transaction(async (tx) => {
        for (const token of await new TokenRepository(tx).findSeveral(serials))
          await changes.unassign(emptyPinHash)(tx, token)
      })
    }
    await users.deleteUser(user)
    await db.transaction(async (tx) => {
      await tx.k('customuserattribute').where({user_id: user.userId, resolver: user.resolver}).delete()
      await new UserCacheRepository(tx).delete({username: user.login, resolver: user.resolver})
    })
    return serials
  }

  async #forget(username: string, resolver: string): Promise<void> {
    await new UserCacheRepository(this.#options.db).delete({username, resolver})
  }

  /** `login@realm` with a realm that exists; anything else is a login (spec/10 §9). */
  async #split(text: string): Promise<{login: string; realm: string | undefined}> {
    const at = text.lastIndexOf('@')
    const {realms} = await this.#options.users.directory()
    const realm = text.slice(at + 1).toLowerCase()
    return at > 0 && realms.has(realm) ? {login: text.slice(0, at), realm} : {login: text, realm: undefined}
  }

  /** The realm given, else the only one that has the resolver; empty when there are none or several. */
  async #realmOf(resolver: string, given: string | undefined): Promise<string> {
    const {realms} = await this.#options.users.directory()
    if (given !== undefined) {
      const name = given.toLowerCase()
      if (!realms.has(name)) throw notFound('realm', given, 'pi-manage realm list')
      return name
    }
    const having = [...realms.values()].filter(({resolvers}) => resolvers.some((link) => link.name === resolver))
    return having.length === 1 ? having[0]!.name : ''
  }

  async #owner({realm, resolver, userId}: User): Promise<AttributeOwner | undefined> {
    const realmId = realm === '' ? undefined : await new RealmRepository(this.#options.db).id(realm)
    return realmId === undefined ? undefined : {userId, resolver, realmId}
  }

  async #requiredOwner(user: User): Promise<AttributeOwner> {
    const owner = await this.#owner(user)
    if (owner) return owner
    throw new PiError('USAGE', `The resolver '${user.resolver}' is in several realms or in none.`, {
      hints: ['Attributes belong to a user in a realm: add --realm'],
    })
  }

  async #editableOf(realm: string | undefined): Promise<string> {
    const {users} = this.#options
    const {defaultRealm, realms} = await users.directory()
    const name = (realm ?? defaultRealm ?? '').toLowerCase()
    const found = realms.get(name)
    if (!found) throw notFound('realm', name, 'pi-manage realm list')
    const editable: string[] = []
    for (const link of found.resolvers) if (await users.isEditable(link.name)) editable.push(link.name)
    if (editable.length === 1) return editable[0]!
    throw new PiError(
      'USAGE',
      editable.length === 0
        ? `No resolver of the realm '${name}' is set to be editable.`
        : `The realm '${name}' has several editable resolvers: ${editable.join(', ')}.`,
      {hints: ['Name one with --resolver']},
    )
  }
}

function unknownUser(login: string, where: string): PiError {
  return new PiError('NOT_FOUND', `There is no user '${login}' in the ${where}.`, {hints: ['See pi-manage user list']})
}
