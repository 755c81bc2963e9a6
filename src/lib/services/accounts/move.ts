import type {Database} from '../../db/database.js'
import {notFound, PiError} from '../../errors.js'
import {RealmRepository} from '../../store/realms.js'
import {UserCacheRepository} from '../../store/user-cache.js'
import {UserMoveRepository, type MovedRows, type StoredUser} from '../../store/user-moves.js'
import type {Realm} from '../../types/realm.js'
import type {UserService} from '../users.js'

/** How the user at the new place is found: by his login, by his id, or by an attribute that both places have. */
export type MatchBy = 'login' | 'userid' | (string & {})

export interface MoveRequest {
  fromRealm?: string | undefined
  fromResolver?: string | undefined
  toRealm?: string | undefined
  toResolver?: string | undefined
  /** Only these users of the old place; all without. */
  userIds?: readonly string[] | undefined
  match: MatchBy
}

interface Place {
  userId: string
  resolver: string
  realm: string
}

export interface PlannedMove extends MovedRows {
  /** Absent when the old user store could not tell. */
  login?: string
  from: Place
  to: Place
}

export interface MovePlan {
  moves: PlannedMove[]
  /** Users who stay where they are, with the reason. */
  stay: {from: Place; login?: string; reason: string}[]
}

/**
 * Gives what users own (tokens, containers, attributes) to the same users in another realm or resolver (spec/10 §8, §11).
 * Nothing is written into user stores.
 */
export class UserMoves {
  readonly #db: Database
  readonly #users: UserService

  constructor(db: Database, users: UserService) {
    this.#db = db
    this.#users = users
  }

  /**
   * Finds for every user of the old place who he is at the new one. Changes nothing.
   * @throws PiError NOT_FOUND (realm, resolver), USAGE, UNAVAILABLE (the new user store does not answer)
   */
  async plan(request: MoveRequest): Promise<MovePlan> {
    const {fromRealm, fromResolver, match, toRealm, toResolver, userIds} = request
    if (toRealm === undefined && toResolver === undefined) {
      throw new PiError('USAGE', 'Say where to: --to-realm, --to-resolver, or both.')
    }
    const realms = await new RealmRepository(this.#db).all()
    const source = fromRealm === undefined ? undefined : realmOf(realms, fromRealm)
    const target = toRealm === undefined ? undefined : realmOf(realms, toRealm)
    if (toResolver !== undefined && !(await this.#users.directory()).resolvers.has(toResolver)) {
      throw notFound('resolver', toResolver, 'pi-manage resolver list')
    }
    if (target && toResolver !== undefined && !target.resolvers.some(({name}) => name === toResolver)) {
      throw new PiError('REFUSED', `The resolver '${toResolver}' is not in the realm '${target.name}'.`, {
        hints: [`Add it: pi-manage realm edit ${target.name} --add ${toResolver}`],
      })
    }
    const store = new UserMoveRepository(this.#db)
    const byAttribute = ['login', 'userid'].includes(match) ? undefined : new Map<string, Map<string, string[]>>()
    const plan: MovePlan = {moves: [], stay: []}
    for (const user of await store.users({realmId: source?.id, resolver: fromResolver, userIds})) {
      const realm = realms.find(({id}) => id === user.realmId)
      if (!realm) continue
      const from = {userId: user.userId, resolver: user.resolver, realm: realm.name}
      const to = await this.#target(from, target ?? realm, toResolver, match, byAttribute)
      const login = to.login === undefined ? {} : {login: to.login}
      if (typeof to.found === 'string') plan.stay.push({from, ...login, reason: to.found})
      else if (to.found.resolver !== from.resolver || to.found.userId !== from.userId || to.found.realm !== from.realm)
        plan.moves.push({...login, from, to: to.found, ...(await store.count(user)), conflicts: 0})
    }
    return plan
  }

  /**
   * Carries out a plan in one transaction.
   * @returns the moves with what each of them changed
   * @throws PiError UNAVAILABLE
   */
  async apply({moves}: MovePlan): Promise<PlannedMove[]> {
    return this.#db.transaction(async (tx) => {
      const ids = new Map((await new RealmRepository(tx).all()).map(({id, name}) => [name, id]))
      const stored = ({realm, ...rest}: Place): StoredUser => {
        const realmId = ids.get(realm)
        if (realmId === undefined) throw new PiError('BREAKER', `The realm '${realm}' was deleted meanwhile.`)
        return {...rest, realmId}
      }
      const done: PlannedMove[] = []
      for (const move of moves) {
        const rows = await new UserMoveRepository(tx).move(stored(move.from), stored(move.to))
        if (move.login) await new UserCacheRepository(tx).delete({username: move.login, resolver: move.from.resolver})
        done.push({...move, ...rows})
      }
      return done
    })
  }

  /** Who a user is at the new place, or why that is not known. */
  async #target(
    from: Place,
    target: Realm,
    toResolver: string | undefined,
    match: MatchBy,
    byAttribute: Map<string, Map<string, string[]>> | undefined,
  ): Promise<{login?: string; found: Place | string}> {
    const candidates = toResolver === undefined ? target.resolvers.map(({name}) => name) : [toResolver]
    const old = await this.#users.getUser(from.userId, from.resolver)
    const login = old.state === 'found' ? {login: old.login} : {}
    if (match === 'userid') {
      for (const resolver of candidates) {
        const found = await this.#users.getUser(from.userId, resolver)
        if (found.state === 'unknown') throw found.reason
        if (found.state === 'found') return {login: found.login, found: {...from, resolver, realm: target.name}}
      }
      return {...login, found: `no user has the id '${from.userId}' there`}
    }
    if (old.state !== 'found') {
      const reason = old.state === 'unknown' ? old.reason.message : `resolver '${from.resolver}' does not know him`
      return {found: `his login is not known: ${reason}`}
    }
    // Who is not asked to leave his resolver keeps it, also where another one of the realm knows the login, too.
    if (toResolver === undefined && candidates.includes(from.resolver)) {
      return {...login, found: {...from, realm: target.name}}
    }
    if (byAttribute) {
      const value = (await this.#users.userInfo(from))[match]
      if (value === undefined || value === '') return {...login, found: `he has no ${match}`}
      const ids: Place[] = []
      for (const resolver of candidates) {
        const known = byAttribute.get(resolver) ?? (await this.#index(resolver, match))
        byAttribute.set(resolver, known)
        for (const userId of known.get(folded(value)) ?? []) ids.push({userId, resolver, realm: target.name})
      }
      if (ids.length === 1) return {...login, found: ids[0]!}
      return {...login, found: ids.length === 0 ? `nobody has his ${match} there` : `several have his ${match} there`}
    }
    for (const resolver of candidates) {
      const found = await this.#users.findInResolver(resolver, old.login)
      if (found) return {...login, found: {userId: found.userId, resolver, realm: target.name}}
    }
    return {...login, found: `nobody has the login '${old.login}' there`}
  }

  async #index(resolver: string, attribute: string): Promise<Map<string, string[]>> {
    const ids = new Map<string, string[]>()
    for await (const {info, userId} of this.#users.listUsers({resolver, limit: Infinity})) {
      const value = info[attribute]
      if (value === undefined || value === '') continue
      ids.set(folded(value), [...(ids.get(folded(value)) ?? []), userId])
    }
    return ids
  }
}

/** Attributes such as e-mail addresses are compared without case; of several values the first one counts. */
function folded(value: unknown): string {
  return String(Array.isArray(value) ? (value[0] as unknown) : value).toLowerCase()
}

function realmOf(realms: readonly Realm[], name: string): Realm {
  const found = realms.find((realm) => realm.name === name.toLowerCase())
  if (!found) throw notFound('realm', name, 'pi-manage realm list')
  return found
}
