import type {ConditionContext} from '../../policy/conditions/contract.js'
import type {PolicySet} from '../../policy/policy-set.js'
import type {PolicyRequest} from '../../policy/request.js'
import {actionValues, conflict} from '../../policy/values.js'
import {PiError} from '../../errors.js'
import {brokenPolicy} from './broken-policies.js'
import type {Policy} from '../../types/policy.js'
import type {About, AskedScope, AuthPolicies, PolicyAnswer, PolicyUser} from './policies.js'

/** What of a request the policies may look at, beside the user. */
export interface RequestFacts {
  node: string
  /** Absent when unknown: the criterion is then not checked. */
  client: string | undefined
  userAgent: string
  /** What conditions on headers, environment and parameters see. */
  context: Pick<ConditionContext, 'headers' | 'environment' | 'requestData'>
  now: Date
  /** Attributes of a user, for conditions. @throws RequestError 904 for one who does not exist */
  userInfo: (user: PolicyUser) => Promise<Readonly<Record<string, string | number | boolean | readonly string[]>>>
  /** The token that the request is about at this moment. */
  token: () => Promise<ConditionContext['token']>
}

/** The policies of an installation, asked on behalf of one request. */
export class EnginePolicies implements AuthPolicies {
  readonly #set: PolicySet
  readonly #facts: RequestFacts

  constructor(set: PolicySet, facts: RequestFacts) {
    this.#set = set
    this.#facts = facts
  }

  hasScope(scope: AskedScope): boolean {
    return this.#set.hasScope(scope)
  }

  async ask(scope: AskedScope, action: string, {user, realm, admin}: About = {}): Promise<PolicyAnswer> {
    const broken = brokenPolicy(this.#set, scope, action)
    if (broken) throw new PiError('CONFIG', `The policy '${broken.policy.name}' is broken: ${broken.fault}.`)
    const {node, client, userAgent, now} = this.#facts
    const request: PolicyRequest = {
      scope,
      action,
      login: user?.login,
      realm: user?.realm ?? realm,
      resolver: user?.resolver,
      adminUser: admin?.name,
      adminRealm: admin?.realm,
      node,
      client,
      userAgent,
      now,
      context: {},
    }
    // Most questions meet no policy at all: the token is read only for those that do.
    const candidates = this.#set.filter(request)
    if (candidates.length === 0) return new EngineAnswer([], action)
    if (candidates.every(({conditions}) => conditions.length === 0)) return new EngineAnswer(candidates, action)
    const context: ConditionContext = {
      ...this.#facts.context,
      userInfo: user && (() => this.#facts.userInfo(user)),
      // Questions about nobody in particular know no token either (spec/07 §5.1).
      token: user || realm !== undefined ? await this.#facts.token() : undefined,
    }
    return new EngineAnswer(await this.#set.match({...request, context}), action)
  }
}

class EngineAnswer implements PolicyAnswer {
  readonly #matched: readonly Policy[]
  readonly #action: string

  constructor(matched: readonly Policy[], action: string) {
    this.#matched = matched
    this.#action = action
  }

  get names() {
    return this.#matched.map(({name}) => name)
  }

  get entries() {
    return this.#matched.map(({name, actions, priority}) => ({
      name,
      value: actions.get(this.#action) ?? (true as const),
      priority,
    }))
  }

  values({whiteSpace = false} = {}) {
    requireValues(this.#matched, this.#action)
    return actionValues(this.#matched, this.#action, {whiteSpace})
  }

  unique({whiteSpace = false} = {}) {
    requireValues(this.#matched, this.#action)
    const values = actionValues(this.#matched, this.#action, {unique: true, whiteSpace})
    if (values.size > 1) throw conflict(this.#matched)
    for (const [value, names] of values) return {value, names}
    return undefined
  }
}

/** An action that has a value must be given one: without it nobody knows what the policy wants. */
function requireValues(matched: readonly Policy[], action: string): void {
  const empty = matched.find(({actions}) => (actions.get(action) ?? actions.get('*')) === true)
  if (empty) throw new PiError('CONFIG', `The policy '${empty.name}' gives no value for ${action}.`)
}
