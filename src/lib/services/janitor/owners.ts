import type {Knex} from 'knex'
import type {Database, Row} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import type {Resolver} from '../../resolvers/contract.js'
import type {TokenOwner} from '../../types/token.js'
import type {UserInfo} from '../../types/user.js'
import type {UserCache} from '../user-cache.js'
import type {UserService} from '../users.js'

/** What is known of a token's owner. Only `absent` and `resolver-missing` prove that he is gone (spec/10 §13). */
export type OwnerState = 'absent' | 'found' | 'resolver-missing' | 'unassigned' | 'unknown'

/** A user store that could not be asked. */
export interface OwnerFailure {
  resolver: string
  reason: PiError
}

/** Tells what became of owners. */
export interface OwnerCheck {
  /** Never throws for a store that is down: that is `unknown`. */
  stateOf(owner: TokenOwner | undefined): Promise<OwnerState>
  /** Stores that failed so far, each once. */
  failures(): readonly OwnerFailure[]
}

export interface OwnerSetsOptions {
  /** Users whom the user cache still finds are not gone (spec/10 §12). */
  cache?: UserCache | undefined
  /** Believe a user store that lists nobody and knows no owner. */
  trustEmpty?: boolean
  /** How many look-ups are under way at the same time. */
  parallel?: number
  onProgress?: (resolver: string, looked: number) => void
}

/** Rows of `tokenowner` that are read at a time. */
const ownersAtATime = 5000

/**
 * Compares the owners of a resolver with its users as sets, once, when the first of them is asked for (spec/10 §13). Who
 * is not listed is looked up before he counts as gone, and a user who must be there, the canary, has to be found before
 * and after. If anything fails, nobody of the resolver is gone.
 */
export class OwnerSets implements OwnerCheck {
  readonly #db: Database
  readonly #users: UserService
  readonly #options: OwnerSetsOptions
  readonly #absent = new Map<string, Promise<ReadonlySet<string> | 'resolver-missing' | 'unknown'>>()
  readonly #cached = new Map<string, Promise<ReadonlySet<string>>>()
  readonly #failures: OwnerFailure[] = []

  constructor(db: Database, users: UserService, options: OwnerSetsOptions = {}) {
    this.#db = db
    this.#users = users
    this.#options = options
  }

  async stateOf(owner: TokenOwner | undefined): Promise<OwnerState> {
    if (!owner) return 'unassigned'
    const known = this.#absent.get(owner.resolver) ?? this.#compare(owner.resolver)
    this.#absent.set(owner.resolver, known)
    const cached = this.#cached.get(owner.resolver) ?? this.#stillCached(owner.resolver)
    this.#cached.set(owner.resolver, cached)
    const absent = await known
    if (absent !== 'resolver-missing' && (await cached).has(owner.userId)) return 'found'
    if (typeof absent === 'string') return absent
    return absent.has(owner.userId) ? 'absent' : 'found'
  }

  failures(): readonly OwnerFailure[] {
    return this.#failures
  }

  async #stillCached(name: string): Promise<ReadonlySet<string>> {
    const cached = new Set<string>()
    for await (const ids of this.#options.cache?.ids(name) ?? []) for (const userId of ids) cached.add(userId)
    return cached
  }

  async #compare(name: string): Promise<ReadonlySet<string> | 'resolver-missing' | 'unknown'> {
    if (!(await this.#users.directory()).resolvers.has(name)) return 'resolver-missing'
    try {
      return await this.#absentOwners(name, await this.#users.resolver(name))
    } catch (error) {
      const reason = error instanceof PiError ? error : new PiError('UNAVAILABLE', reasonOf(error), {cause: error})
      this.#failures.push({resolver: name, reason})
      return 'unknown'
    }
  }

  async #absentOwners(name: string, resolver: Resolver): Promise<ReadonlySet<string>> {
    const listed = new Set<string>()
    for await (const ids of allIds(resolver)) for (const userId of ids) listed.add(userId)

    const missing = new Set<string>()
    let canary: string | undefined
    for await (const page of this.#owners(name)) {
      for (const userId of page) {
        if (listed.has(userId)) canary ??= userId
        else missing.add(userId)
      }
    }
    canary ??= first(listed)
    if (canary !== undefined) await requireCanary(resolver, canary)

    const absent = new Set<string>()
    const waiting = [...missing]
    const work = async () => {
      for (let userId = waiting.pop(); userId !== undefined; userId = waiting.pop()) {
        const login = await resolver.findLogin(userId, {fresh: true})
        if (login === undefined) absent.add(userId)
        else canary ??= userId
        this.#options.onProgress?.(name, 1)
      }
    }
    await Promise.all(Array.from({length: this.#options.parallel ?? 8}, () => work()))

    if (canary !== undefined) await requireCanary(resolver, canary)
    else if (absent.size > 0 && !this.#options.trustEmpty) {
      throw new PiError(
        'UNAVAILABLE',
        `It lists no users and knows none of the ${absent.size} owners, which proves nothing.`,
        {
          hints: [`See pi-manage resolver test ${name}`],
        },
      )
    }
    return absent
  }

  async *#owners(resolver: string): AsyncIterable<string[]> {
    const options = {
      size: ownersAtATime,
      build: (query: Knex.QueryBuilder) => void query.where({resolver}).select('id', 'user_id', 'resolver'),
    }
    for await (const rows of this.#db.pages<Row>('tokenowner', options)) {
      // MariaDB compares names without regard to case
      yield rows.filter((row) => row['resolver'] === resolver).map((row) => String(row['user_id'] ?? ''))
    }
  }
}

/** @throws PiError UNAVAILABLE unless a user who must be there is found */
async function requireCanary(resolver: Resolver, userId: string): Promise<void> {
  if ((await resolver.findLogin(userId, {fresh: true})) !== undefined) return
  throw new PiError('UNAVAILABLE', 'It does not find a user whom it has just listed.')
}

/** Ids of all users, in pages. */
async function* allIds(resolver: Resolver): AsyncIterable<readonly string[]> {
  if (resolver.listIds) yield* resolver.listIds()
  else for await (const {userId} of resolver.listUsers({}, {limit: Number.POSITIVE_INFINITY})) yield [userId]
}

function first(set: ReadonlySet<string>): string | undefined {
  for (const item of set) return item
  return undefined
}

/** Attributes of a token's owner as texts: those of the user store, `login`, and those of the assignment. */
export async function ownerAttributes(
  users: UserService,
  owner: TokenOwner | undefined,
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  if (!owner) return undefined
  let info: UserInfo
  try {
    info = await users.userInfo({userId: owner.userId, resolver: owner.resolver, realm: owner.realm ?? ''})
  } catch {
    // Whom nobody can look up matches nothing.
    return undefined
  }
  const attributes = new Map<string, readonly string[]>()
  for (const [key, value] of Object.entries(info)) {
    attributes.set(key, Array.isArray(value) ? value.map(String) : [String(value)])
  }
  if (attributes.size === 0) return undefined
  const login = attributes.get('username')
  if (login) attributes.set('login', login)
  attributes.set('uid', [owner.userId])
  attributes.set('resolver', [owner.resolver])
  if (owner.realm !== undefined) attributes.set('realm', [owner.realm])
  return attributes
}
