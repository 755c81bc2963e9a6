import type {Policy} from '../types/policy.js'
import {conditionHolds} from './conditions/evaluate.js'
import {conditionSections} from './conditions/registry.js'
import {filters, PreparedPolicy, type Filter, type FilterSurroundings, type Stage} from './filters.js'
import {isNegation, type ElementHit, type ElementList} from './elements.js'
import {PolicyError} from './errors.js'
import type {PolicyRequest} from './request.js'
import {localMinute, weekdays} from './time.js'
import {reasonOf} from '../errors.js'

/** What one criterion said about one policy. */
export interface StageVerdict {
  stage: Stage | `condition ${number}`
  /** `unchecked`: the request does not give the value, so the criterion was not looked at. */
  verdict: 'passed' | 'failed' | 'unchecked' | 'error'
  reason: string
}

/** One policy explained: every criterion in the order of evaluation. */
export interface PolicyExplanation {
  name: string
  priority: number
  matches: boolean
  /** The first criterion that failed; absent for a match. */
  firstFailure?: StageVerdict
  stages: StageVerdict[]
}

/** Explains what every criterion of a policy says to a request, without stopping at the first failure (spec/07 §9). */
export async function explainPolicy(
  policy: Policy,
  request: PolicyRequest,
  surroundings: FilterSurroundings,
): Promise<PolicyExplanation> {
  const prepared = new PreparedPolicy(policy)
  const stages: StageVerdict[] = []
  for (const filter of filters) {
    if (filter.stage === 'name' && !filter.asked(request)) continue
    stages.push(verdictOf(filter, prepared, request, surroundings))
  }
  for (const [index, condition] of policy.conditions.entries()) {
    const stage = `condition ${index + 1}` as const
    const text = `${condition.section}/${condition.key} ${condition.comparator} '${condition.value}'`
    if (!condition.active) {
      stages.push({reason: `${text}: switched off`, stage, verdict: 'unchecked'})
      continue
    }
    try {
      const holds = await conditionHolds(policy, condition, request.context, request.now)
      const left = await leftValue(condition.section, condition.key, request)
      stages.push({reason: `${text}: the request has ${left}`, stage, verdict: holds ? 'passed' : 'failed'})
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      stages.push({reason: `${text}: ${reasonOf(error)}`, stage, verdict: 'error'})
    }
  }
  const firstFailure = stages.find(({verdict}) => verdict === 'failed' || verdict === 'error')
  return {
    matches: !firstFailure,
    name: policy.name,
    priority: policy.priority,
    stages,
    ...(firstFailure && {firstFailure}),
  }
}

function verdictOf(
  filter: Filter,
  prepared: PreparedPolicy,
  request: PolicyRequest,
  surroundings: FilterSurroundings,
): StageVerdict {
  const all = filter.stage === 'resolver' && prepared.policy.checkAllResolvers
  const stage = all ? 'resolver-all' : filter.stage
  if (!filter.asked(request)) return {reason: 'not checked for this action', stage, verdict: 'unchecked'}
  const passed = filter.passes(prepared, request, surroundings)
  return {reason: reasons[stage](prepared, request, surroundings), stage, verdict: passed ? 'passed' : 'failed'}
}

type Reason = (prepared: PreparedPolicy, request: PolicyRequest, surroundings: FilterSurroundings) => string

const reasons: Record<Stage, Reason> = {
  action(prepared, {action}) {
    const keys = [...prepared.policy.actions.keys()]
    if (keys.length === 0) return 'the policy names no action'
    return elementReason('actions', prepared.list('actionKeys'), action!)
  },
  adminrealm: (prepared, {adminRealm}) => elementReason('adminrealm', prepared.list('adminRealms'), adminRealm!),
  adminuser: (prepared, {adminUser}) => elementReason('adminuser', prepared.list('adminUsers'), adminUser!),
  client(prepared, {client}) {
    const {clients} = prepared.policy
    if (clients.length === 0) return 'no client is named'
    const {excluded, found} = prepared.clients.search(client!)
    const verdict = excluded ? 'is excluded by' : found ? 'is in' : 'is not in'
    return `${client} ${verdict} ${clients.join(', ')}${found || excluded ? '' : onlyNegations(clients, '0.0.0.0/0')}`
  },
  inactive: ({policy}) => (policy.active ? 'the policy is enabled' : 'the policy is disabled'),
  name: ({policy}, {name}) => `'${policy.name}' is asked for as '${name}'`,
  pinode: ({policy}, {node}) =>
    policy.nodes.length === 0
      ? 'no node is named'
      : `this node is '${node}', the policy names ${policy.nodes.join(', ')}`,
  realm: (prepared, {additionalRealms, realm}) =>
    elementReason('realm', prepared.list('realms'), realm ?? additionalRealms?.join(', ') ?? ''),
  resolver(prepared, {resolver}) {
    const list = prepared.list('resolvers')
    const excluded = list.elements.length > 0 && list.explain(resolver!).some(({hit}) => hit === 'excluded')
    return `${elementReason('resolver', list, resolver!)}${excluded ? ' (exclusions of resolvers do not count)' : ''}`
  },
  'resolver-all'(prepared, {login, realm}, {resolversOfRealm}) {
    const {elements} = prepared.list('resolvers')
    if (!login || !realm) return 'all resolvers are to be checked, but the request has no realm or no login'
    if (elements.length === 0) return 'all resolvers are to be checked, and an empty list of resolvers never matches'
    return `realm ${realm} has ${resolversOfRealm(realm).join(', ') || 'no resolver'}, the policy names ${elements.join(', ')}`
  },
  scope: ({policy}, {scope}) => `the policy is of scope ${policy.scope}, asked is ${scope}`,
  time({policy}, {now}) {
    const {minute, weekday} = localMinute(now)
    const clock = `${weekdays[weekday]} ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
    return policy.time === '' ? 'no time is named' : `it is ${clock} at the server, the policy says ${policy.time}`
  },
  user: (prepared, {login}) => elementReason('user', prepared.list('users'), login!),
  user_agent: ({policy}, {userAgent}) =>
    policy.userAgents.length === 0
      ? 'no user agent is named'
      : `the user agent is '${userAgent}', the policy names ${policy.userAgents.join(', ')}`,
}

const hitWords: Record<ElementHit, string> = {
  excluded: 'excluded by',
  literal: 'found as',
  regex: 'found by the pattern',
  star: 'found by',
}

function elementReason(what: string, list: ElementList, value: string): string {
  if (list.elements.length === 0) return `no ${what} is named`
  const hits = list.explain(value)
  if (hits.length === 0) return `'${value}' is not in ${list.elements.join(', ')}${onlyNegations(list.elements, '*')}`
  return `'${value}' is ${hits.map(({element, hit, index}) => `${hitWords[hit]} element ${index + 1}, ${element}`).join('; ')}`
}

function onlyNegations(elements: readonly string[], all: string): string {
  return elements.length > 0 && elements.every(isNegation) ? ` (only negations: add ${all})` : ''
}

/** The left side as shown: never a secret. */
async function leftValue(section: string, key: string, request: PolicyRequest): Promise<string> {
  const found = await conditionSections.get(section)?.lookup(key, request.context)
  if (!found || 'missing' in found) return 'nothing'
  if (/pass|secret|pin|key/i.test(key)) return 'a value that is not shown'
  return JSON.stringify(found.value)
}
