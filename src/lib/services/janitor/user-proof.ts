import {PiError, reasonOf} from '../../errors.js'
import type {Resolver} from '../../resolvers/contract.js'
import type {TokenOwner} from '../../types/token.js'
import type {UserService} from '../users.js'
import type {OwnerCheck, OwnerFailure, OwnerState} from './owners.js'

/**
 * Tells one by one what became of users who need not own a token: owners of containers, of attributes and settings. For
 * the thousands of owners of tokens `OwnerSets` compares whole sets. The proof is the same: the store answers, it finds a
 * user whom it has just listed, and does not find this one (spec/10 §13).
 */
export class UserProof implements OwnerCheck {
  readonly #users: UserService
  readonly #stores = new Map<string, Promise<Resolver | 'resolver-missing' | 'unknown'>>()
  readonly #known = new Map<string, Promise<OwnerState>>()
  readonly #failures = new Map<string, OwnerFailure>()

  constructor(users: UserService) {
    this.#users = users
  }

  stateOf(owner: TokenOwner | undefined): Promise<OwnerState> {
    if (!owner) return Promise.resolve('unassigned')
    const key = JSON.stringify([owner.resolver, owner.userId])
    const known = this.#known.get(key) ?? this.#find(owner)
    this.#known.set(key, known)
    return known
  }

  failures(): readonly OwnerFailure[] {
    return [...this.#failures.values()]
  }

  async #find({resolver, userId}: TokenOwner): Promise<OwnerState> {
    const opening = this.#stores.get(resolver) ?? this.#open(resolver)
    this.#stores.set(resolver, opening)
    const store = await opening
    if (typeof store === 'string') return store
    try {
      return (await store.findLogin(userId)) ? 'found' : 'absent'
    } catch (error) {
      return this.#failed(resolver, error)
    }
  }

  /** A store that has just found a user whom it listed. */
  async #open(name: string): Promise<Resolver | 'resolver-missing' | 'unknown'> {
    if (!(await this.#users.directory()).resolvers.has(name)) return 'resolver-missing'
    try {
      const store = await this.#users.resolver(name)
      for await (const {userId} of store.listUsers({})) {
        if (await store.findLogin(userId)) return store
        throw new PiError('UNAVAILABLE', 'It does not find a user whom it has just listed.')
      }
      throw new PiError('UNAVAILABLE', 'It lists no users, which proves nothing.', {
        hints: [`See pi-manage resolver test ${name}`],
      })
    } catch (error) {
      return this.#failed(name, error)
    }
  }

  #failed(resolver: string, error: unknown): 'unknown' {
    const reason = error instanceof PiError ? error : new PiError('UNAVAILABLE', reasonOf(error), {cause: error})
    if (!this.#failures.has(resolver)) this.#failures.set(resolver, {resolver, reason})
    return 'unknown'
  }
}
