import type {Policy} from '../types/policy.js'
import {PiError} from '../errors.js'
import {conditionsHold} from './conditions/evaluate.js'
import {filters, PreparedPolicy, type FilterSurroundings} from './filters.js'
import {isNegation} from './elements.js'
import type {PolicyRequest} from './request.js'

/**
 * One snapshot of all policies; a request uses the same one from start to end. Candidates are found by scope and action
 * key, so that a match costs what the policies of that action cost.
 */
export class PolicySet {
  readonly policies: readonly Policy[]
  readonly #surroundings: FilterSurroundings
  readonly #byScope = new Map<string, ScopeIndex>()

  /** @param policies in any order; equal priorities are kept in the order of their ids */
  constructor(policies: Iterable<Policy>, surroundings: FilterSurroundings) {
    this.policies = [...policies].sort((a, b) => a.id - b.id)
    this.#surroundings = surroundings
    for (const policy of this.policies) {
      if (!policy.active) continue
      let index = this.#byScope.get(policy.scope)
      if (!index) this.#byScope.set(policy.scope, (index = new ScopeIndex()))
      index.add(new PreparedPolicy(policy))
    }
  }

  get surroundings(): FilterSurroundings {
    return this.#surroundings
  }

  /** Whether any active policy exists in a scope; without one, every action of `admin` and `user` is allowed. */
  hasScope(scope: string): boolean {
    return this.#byScope.has(scope)
  }

  /**
   * The policies that match, most important first; with equal priority those with a client list come first, then by id.
   * @throws PolicyError when a condition cannot be evaluated
   */
  async match(request: PolicyRequest): Promise<Policy[]> {
    const matched: Policy[] = []
    for (const policy of this.filter(request)) {
      if (policy.conditions.length === 0 || (await conditionsHold(policy, request.context, request.now)))
        matched.push(policy)
    }
    return matched
  }

  /** The policies that pass every filter, before conditions, in the order of {@link match}. */
  filter(request: PolicyRequest): Policy[] {
    if (request.client === '') throw new PiError('INVALID_INPUT', 'client argument must be a non-empty string')
    const candidates = this.#byScope.get(request.scope)?.candidates(request) ?? []
    const asked = filters.filter((filter) => filter.asked(request))
    const passed = candidates.filter((prepared) =>
      asked.every((filter) => filter.passes(prepared, request, this.#surroundings)),
    )
    const clientFirst = request.client === undefined ? 0 : 1
    return passed
      .map(({policy}) => policy)
      .sort(
        (a, b) =>
          a.priority - b.priority ||
          clientFirst * (Number(b.clients.length > 0) - Number(a.clients.length > 0)) ||
          a.id - b.id,
      )
  }
}

const literalKey = /^[\w.]*$/u
const literalName = /^[\w@-]*$/u

/** The active policies of one scope: by literal action key, and those whose keys need a search. */
class ScopeIndex {
  readonly #all = new RealmIndex()
  readonly #byAction = new Map<string, RealmIndex>()
  readonly #searched = new RealmIndex()

  add(prepared: PreparedPolicy): void {
    this.#all.add(prepared)
    const keys = [...prepared.policy.actions.keys()]
    // a dot is a literal in names such as `sms.identifier`, and a regular expression as well
    if (keys.some((key) => !literalKey.test(key) || key.includes('.') || isNegation(key))) {
      this.#searched.add(prepared)
      return
    }
    for (const key of keys) {
      let index = this.#byAction.get(key)
      if (!index) this.#byAction.set(key, (index = new RealmIndex()))
      index.add(prepared)
    }
  }

  /** Policies that may match; every filter is still to be asked. */
  candidates({action, additionalRealms, realm}: PolicyRequest): readonly PreparedPolicy[] {
    const realms = additionalRealms ? undefined : realm
    if (action === undefined) return this.#all.candidates(realms)
    const exact = this.#byAction.get(action)?.candidates(realms) ?? []
    return [...exact, ...this.#searched.candidates(realms)]
  }
}

/** Policies by the realms they name; those that name none, or name them by patterns, are always looked at. */
class RealmIndex {
  readonly #all: PreparedPolicy[] = []
  readonly #always: PreparedPolicy[] = []
  readonly #byRealm = new Map<string, PreparedPolicy[]>()

  add(prepared: PreparedPolicy): void {
    this.#all.push(prepared)
    const {realms} = prepared.policy
    if (realms.length === 0 || realms.some((realm) => !literalName.test(realm) || isNegation(realm))) {
      this.#always.push(prepared)
      return
    }
    for (const realm of new Set(realms)) {
      const list = this.#byRealm.get(realm)
      if (list) list.push(prepared)
      else this.#byRealm.set(realm, [prepared])
    }
  }

  candidates(realm: string | undefined): readonly PreparedPolicy[] {
    // Python's `$` also matches before a final newline: such a name is compared with all of them
    if (realm === undefined || realm.endsWith('\n')) return this.#all
    return [...this.#always, ...(this.#byRealm.get(realm) ?? [])]
  }
}
