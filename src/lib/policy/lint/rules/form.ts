import {isOlder} from '../../../types/release.js'
import {timeFaults} from '../../time.js'
import {formatActions, formatList} from '../../encoding.js'
import type {PolicyRule} from '../contract.js'

export const formRules: readonly PolicyRule[] = [
  {
    id: 'P009',
    severity: 'warning',
    title: 'an action is named twice',
    *check({actionText = ''}, {release}) {
      const parts = actionText
        .split(isOlder(release, [3, 11]) ? ',' : /(?<!\\),/)
        .map((part) => part.trim().split('=')[0]!)
      const twice = new Set(parts.filter((key, index) => key !== '' && parts.indexOf(key) < index))
      for (const key of twice) yield {message: `'${key}' is named twice; the last one counts.`}
    },
  },
  {
    id: 'P022',
    severity: 'error',
    title: 'a time range is malformed or never matches',
    *check({time}) {
      for (const fault of timeFaults(time)) yield {message: `time ${fault}.`}
    },
  },
  {
    id: 'P023',
    severity: 'error',
    title: 'the priority is below 1',
    *check({priority}) {
      if (!(priority >= 1)) yield {message: `The priority ${priority} is below 1.`}
    },
  },
  {
    id: 'P024',
    severity: 'error',
    title: 'the name breaks the rules, or a column is too short',
    *check(policy, {actionLength, release}) {
      const {name} = policy
      const allowed = isOlder(release, [3, 12]) ? /^[\w. -]*$/ : /^[\w.-]*$/
      if (!allowed.test(name)) yield {message: `The name may hold letters, digits and _ . - only.`}
      if (name === '') yield {message: 'The policy has no name.'}
      if (name.toLowerCase() === 'check' || name.toLowerCase().startsWith('pi-update-policy-')) {
        yield {message: `The name '${name}' is reserved.`}
      }
      const texts: [string, string, number | undefined][] = [
        ['name', name, 64],
        ['scope', policy.scope, 32],
        ['action', formatActions(policy.actions), actionLength],
        ['realm', formatList(policy.realms), 256],
        ['user', formatList(policy.users), 256],
        ['resolver', formatList(policy.resolvers), 256],
        ['adminrealm', formatList(policy.adminRealms), 256],
        ['adminuser', formatList(policy.adminUsers), 256],
        ['node', formatList(policy.nodes), 256],
        ['client', formatList(policy.clients), 256],
        ['time', policy.time, 64],
      ]
      for (const [field, text, limit] of texts) {
        if (limit !== undefined && text.length > limit) {
          yield {message: `${field} has ${text.length} characters, the column holds ${limit}.`}
        }
      }
    },
  },
]
