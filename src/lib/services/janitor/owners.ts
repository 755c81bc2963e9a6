import type {PiError} from '../../errors.js'
import type {TokenOwner} from '../../types/token.js'
import type {UserInfo} from '../../types/user.js'
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

/** Asks for every owner one by one, each once. */
export class OwnerByOwner implements OwnerCheck {
  readonly #users: UserService
  readonly #known = new Map<string, Promise<OwnerState>>()
  readonly #failures = new Map<string, OwnerFailure>()

  constructor(users: UserService) {
    this.#users = users
  }

  async stateOf(owner: TokenOwner | undefined): Promise<OwnerState> {
    if (!owner) return 'unassigned'
    const key = JSON.stringify([owner.resolver, owner.userId])
    const known = this.#known.get(key) ?? this.#ask(owner)
    this.#known.set(key, known)
    return known
  }

  failures(): readonly OwnerFailure[] {
    return [...this.#failures.values()]
  }

  async #ask({resolver, userId}: TokenOwner): Promise<OwnerState> {
    const found = await this.#users.getUser(userId, resolver)
    if (found.state === 'unknown' && !this.#failures.has(resolver)) {
      this.#failures.set(resolver, {resolver, reason: found.reason})
    }
    return found.state
  }
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
