import type {Policy, PolicyCondition} from '../../../types/policy.js'
import {isOlder} from '../../../types/release.js'
import {comparators, csvCells, laterComparators} from '../../conditions/comparators.js'
import {conditionSections} from '../../conditions/registry.js'
import {compileAnchored} from '../../elements.js'
import type {PolicyRule} from '../contract.js'
import {declared} from './actions.js'

/** Token columns by their native type (spec/07 §5.1). */
const tokenColumns: Readonly<Record<string, 'text' | 'int' | 'bool' | 'list'>> = {
  id: 'int',
  description: 'text',
  serial: 'text',
  tokentype: 'text',
  info: 'text',
  resolver: 'text',
  user_id: 'text',
  otplen: 'int',
  maxfail: 'int',
  active: 'bool',
  revoked: 'bool',
  locked: 'bool',
  failcount: 'int',
  count: 'int',
  count_window: 'int',
  sync_window: 'int',
  rollout_state: 'text',
  realms: 'list',
  tokengroup: 'list',
}

/** Actions decided before it is known which token is meant (spec/07 §10.1, P028). */
const beforeToken = new Set([
  'application_tokentype',
  'api_key_required',
  'setrealm',
  'mangle',
  'push_wait',
  'increase_failcounter_on_challenge',
  'passthru',
  'passOnNoToken',
  'passOnNoUser',
  'auth_cache',
  'auth_max_success',
  'auth_max_fail',
  'otppin',
])

const active = ({conditions}: Policy): PolicyCondition[] => conditions.filter((condition) => condition.active)
const named = (policy: Policy, wanted: (variant: string, name: string) => boolean): string[] =>
  [...declared(policy)].filter(({action}) => wanted(action.variant, action.name)).map(({action}) => action.name)

export const conditionRules: readonly PolicyRule[] = [
  {
    id: 'P025',
    severity: 'error',
    title: 'a condition has an unknown section or comparator',
    *check(policy, {release}) {
      for (const {comparator, section} of active(policy)) {
        const known = conditionSections.get(section)
        if (!known || isOlder(release, known.since))
          yield {message: `A condition has the unknown section '${section}'.`}
        const later = laterComparators.has(comparator) && isOlder(release, [3, 12])
        if (!comparators.has(comparator) || later)
          yield {message: `A condition has the unknown comparator '${comparator}'.`}
      }
    },
  },
  {
    id: 'P026',
    severity: 'error',
    title: 'a condition cannot be compared',
    *check(policy) {
      for (const condition of active(policy)) {
        for (const fault of comparisonFaults(condition)) {
          yield {
            message: `The condition ${condition.section}/${condition.key} ${condition.comparator} '${condition.value}' ${fault}.`,
          }
        }
      }
    },
  },
  {
    id: 'P027',
    severity: 'error',
    title: 'a condition on user or token where neither is known',
    *check(policy) {
      const about = active(policy).filter(({section}) => ['token', 'tokeninfo', 'userinfo'].includes(section))
      if (about.length === 0) return
      for (const name of named(policy, (variant) => variant === 'action_only')) {
        yield {
          message: `'${name}' is decided without user and token, so a condition on ${about[0]!.section} ends every request with an error.`,
        }
      }
    },
  },
  {
    id: 'P028',
    severity: 'warning',
    title: 'a condition on a token before the token is known',
    *check(policy) {
      const about = active(policy).filter(({section}) => section === 'token' || section === 'tokeninfo')
      if (about.length === 0 || !['authentication', 'authorization'].includes(policy.scope)) return
      for (const name of named(policy, (_, action) => beforeToken.has(action))) {
        yield {message: `'${name}' is decided before the token is known: requests without a serial end with an error.`}
      }
    },
  },
  {
    id: 'P029',
    severity: 'warning',
    title: 'a restriction to users where users are not looked at',
    *check(policy) {
      if (policy.users.length + policy.realms.length + policy.resolvers.length === 0) return
      for (const name of named(policy, (variant) => variant === 'action_only' || variant === 'no_user')) {
        yield {
          message: `'${name}' is decided without a user: the restriction to user, realm or resolver has no effect.`,
        }
      }
    },
  },
]

function* comparisonFaults({comparator, key, section, value}: PolicyCondition): Iterable<string> {
  const base = comparator.replace(/^!/, '')
  if ((base === '<' || base === '>') && !/^\s*[+-]?\d+\s*$/.test(value)) yield 'needs a whole number'
  if (base === 'matches' && !compileAnchored(value)) yield 'is no valid regular expression'
  if (base === 'in' && !isCsv(value)) yield 'is no well-formed list'
  if (section !== 'token') {
    if (base === 'contains') yield 'needs a list on its left side'
    return
  }
  const type = tokenColumns[key]
  if (!type) yield 'names no column of a token'
  else if (['equals', 'in', 'matches'].includes(base) && type !== 'text') yield `compares a text with a ${type}`
  else if (base === 'contains' && type !== 'list') yield 'needs a list on its left side'
  else if ((base === '<' || base === '>') && type !== 'int') yield `compares a number with a ${type}`
}

function isCsv(text: string): boolean {
  try {
    return csvCells(text).length > 0
  } catch {
    return false
  }
}
