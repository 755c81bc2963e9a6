import type {Policy} from '../../../types/policy.js'
import type {PolicyAction} from '../../actions/contract.js'
import {isPolicyScope, policyScopes} from '../../actions/registry.js'
import {isOlder} from '../../../types/release.js'
import {tokenTypes} from '../../actions/token-types.js'
import {compileAnchored, isNegation} from '../../elements.js'
import {splitValue} from '../../encoding.js'
import type {LintSurroundings, PolicyRule} from '../contract.js'

/** The declared actions of a policy's scope; empty for an unknown scope. */
export function actionsOf(policy: Policy): ReadonlyMap<string, PolicyAction> {
  return isPolicyScope(policy.scope) ? policyScopes[policy.scope].actions : new Map()
}

/** Each named action with its declaration and text; those that are unknown or patterns are left out. */
export function* declared(policy: Policy): Iterable<{action: PolicyAction; value: string | true}> {
  const known = actionsOf(policy)
  for (const [key, value] of policy.actions) {
    const action = known.get(key)
    if (action) yield {action, value}
  }
}

function words(action: PolicyAction, value: string): string[] {
  const parts = splitValue(value, action.whiteSpace)
  return action.reading === 'multi' && action.whiteSpace ? parts.flatMap((part) => part.split(/\s+/)) : parts
}

const isWildcard = (key: string): boolean => key === '*' || /[^\w.]/.test(key)

function isKnownKey(key: string, known: ReadonlyMap<string, PolicyAction>): boolean {
  if (known.has(key)) return true
  if (isNegation(key)) return known.has(key.slice(1))
  return false
}

const falseTexts = new Set(['0', 'false', 'False', 'no', '""', ''])

/** Actions that take the name of a token type, each in words of any case. */
const typeLists = new Set(['challenge_response', 'tokentype', 'verify_enrollment', 'enroll_via_multichallenge'])

/** Tags that texts for mail and SMS may hold (spec/07 §8.1.10). */
const textTags = new Set(
  'otp challenge serial user givenname surname username userrealm tokentype recipient_givenname recipient_surname time date admin realm action url client_ip pin ua_browser ua_string'.split(
    ' ',
  ),
)

export const actionRules: readonly PolicyRule[] = [
  {
    id: 'P001',
    severity: 'error',
    title: 'the scope does not exist in this release',
    *check({scope}, {release}) {
      if (!isPolicyScope(scope)) yield {message: `The scope '${scope}' does not exist, so the policy never matches.`}
      else if (isOlder(release, policyScopes[scope].since)) {
        yield {message: `The scope '${scope}' came with ${policyScopes[scope].since.join('.')}.`}
      }
    },
  },
  {
    id: 'P002',
    severity: 'error',
    title: 'an action is not known in the scope',
    *check(policy) {
      const known = actionsOf(policy)
      if (!isPolicyScope(policy.scope)) return
      for (const key of policy.actions.keys()) {
        if (key === '*' || key.trim() === '' || key !== key.trim() || isKnownKey(key, known)) continue
        const matches = isWildcard(key) ? compileAnchored(key) : undefined
        const count = matches ? [...known.keys()].filter(matches).length : 0
        if (count > 0) yield {message: `The key '${key}' stands for ${count} actions by pattern.`, severity: 'info'}
        else yield {message: `The action '${key}' does not exist in scope '${policy.scope}'.`}
      }
    },
  },
  {
    id: 'P003',
    severity: 'warning',
    title: 'an action is known only in another release',
    *check(policy, {release}) {
      for (const {action} of declared(policy)) {
        if (action.since && isOlder(release, action.since)) {
          yield {message: `The action '${action.name}' came with ${action.since.join('.')}.`}
        }
        if (action.until && !isOlder(release, action.until)) {
          yield {message: `The action '${action.name}' is gone since ${action.until.join('.')}.`}
        }
      }
    },
  },
  {
    id: 'P004',
    severity: 'error',
    title: 'an action that needs a value has none',
    *check(policy) {
      for (const {action, value} of declared(policy)) {
        if (value === true && action.type !== 'bool' && !action.bare) {
          yield {message: `The action '${action.name}' needs a value (${action.name}=value).`}
        }
      }
    },
  },
  {
    id: 'P005',
    severity: 'warning',
    title: 'a switch has a value',
    *check(policy) {
      for (const {action, value} of declared(policy)) {
        if (action.type !== 'bool' || value === true) continue
        const off = falseTexts.has(value)
        yield {
          message: `The switch '${action.name}' is on whatever its value is${off ? `, also with '${value}'; leave it out to switch it off` : ''}.`,
          ...(off && {severity: 'error' as const}),
        }
      }
    },
  },
  {
    id: 'P006',
    severity: 'error',
    title: 'a number is no number, or out of range',
    *check(policy) {
      for (const {action, value} of declared(policy)) {
        if (action.type !== 'int' || value === true) continue
        for (const text of splitValue(value, action.whiteSpace)) {
          if (!/^[+-]?\d+$/.test(text.trim())) yield {message: `'${action.name}' needs a whole number, not '${text}'.`}
          else if (action.range && (Number(text) < action.range[0] || Number(text) > action.range[1])) {
            yield {message: `'${action.name}=${text}' is outside ${action.range.join('…')}.`, severity: 'warning'}
          }
        }
      }
    },
  },
  {
    id: 'P007',
    severity: 'error',
    title: 'a value is not one of those allowed',
    *check(policy) {
      for (const {action, value} of declared(policy)) {
        if (!action.values || value === true) continue
        for (const text of words(action, value)) {
          if (!action.values.includes(text)) {
            yield {message: `'${action.name}' takes ${action.values.join(', ')}, not '${text}'.`}
          }
        }
      }
    },
  },
  {
    id: 'P008',
    severity: 'error',
    title: 'an action key has blanks around it, is empty, or no action is named',
    *check({actions}) {
      if (actions.size === 0) yield {message: 'The policy names no action.'}
      for (const key of actions.keys()) {
        if (key === '') yield {message: 'An action has no name (a comma too many?).'}
        else if (key !== key.trim())
          yield {message: `The key '${key}' has a blank beside the '=', so the server does not find it.`}
      }
    },
  },
  {
    id: 'P010',
    severity: 'error',
    title: 'a comma inside a text splits it (up to 3.10)',
    *check(policy, {release}) {
      if (!isOlder(release, [3, 11])) return
      const known = actionsOf(policy)
      let text: string | undefined
      for (const [key, value] of policy.actions) {
        const action = known.get(key)
        if (value === true && text && !action && !isNegation(key) && key !== '*') {
          yield {
            message: `'${key}' looks like the rest of '${text}': this release has no way to write a comma in a text.`,
          }
        }
        text = action?.type === 'str' && action.whiteSpace && value !== true ? key : undefined
      }
    },
  },
  {
    id: 'P011',
    severity: 'error',
    title: 'a single value holds a blank',
    *check(policy) {
      for (const {action, value} of declared(policy)) {
        if (action.reading !== 'unique' || action.whiteSpace || value === true || action.type === 'bool') continue
        if (splitValue(value, false).length > 1) {
          yield {message: `'${action.name}' takes one word; '${value}' contradicts itself (quote it: '…').`}
        }
      }
    },
  },
  {
    id: 'P012',
    severity: 'warning',
    title: 'a quote is missing',
    *check({actions}) {
      for (const [key, value] of actions) {
        if (value === true || value.length === 0) continue
        const quotes = Number(value.startsWith("'")) + Number(value.endsWith("'"))
        if (quotes === 1 || value === "'") yield {message: `The value of '${key}' has a quote at one end only.`}
      }
    },
  },
  {
    id: 'P033',
    severity: 'warning',
    title: 'a token type does not exist',
    *check(policy, {release}) {
      for (const {action, value} of declared(policy)) {
        if (!typeLists.has(action.name) || value === true) continue
        for (const type of splitValue(value, false)) {
          const since = tokenTypes.get(type.toLowerCase())
          if (!since || isOlder(release, since))
            yield {message: `'${action.name}' names the unknown token type '${type}'.`}
        }
      }
    },
  },
  {
    id: 'P034',
    severity: 'warning',
    title: 'passthru names no RADIUS server',
    *check(policy, {radiusServers}) {
      const value = policy.scope === 'authentication' ? policy.actions.get('passthru') : undefined
      if (typeof value !== 'string' || value === 'userstore' || !radiusServers || radiusServers.has(value)) return
      yield {message: `'passthru=${value}' is neither 'userstore' nor a RADIUS server.`}
    },
  },
  {
    id: 'P036',
    severity: 'info',
    title: 'an action is deprecated or removed later',
    *check(policy) {
      for (const {action} of declared(policy)) {
        const deprecated = action.name === 'no_detail_on_success' || action.name === 'no_detail_on_fail'
        if (deprecated) yield {message: `'${action.name}' is deprecated since 3.11.`}
        else if (action.until) yield {message: `'${action.name}' was removed with ${action.until.join('.')}.`}
      }
    },
  },
  {
    id: 'P037',
    severity: 'warning',
    title: 'a text has an unknown tag or a single brace, or its file cannot be read',
    *check(policy, surroundings) {
      for (const name of ['emailtext', 'emailsubject', 'smstext']) {
        const value = policy.scope === 'authentication' ? policy.actions.get(name) : undefined
        if (typeof value === 'string') yield* textFaults(name, value, surroundings)
      }
    },
  },
]

function* textFaults(name: string, value: string, {canRead}: LintSurroundings): Iterable<{message: string}> {
  const text = splitValue(value, true)[0] ?? ''
  if (name === 'emailtext' && text.startsWith('file:')) {
    const path = text.slice('file:'.length)
    if (canRead && !canRead(path)) yield {message: `'emailtext' names the file ${path}, which cannot be read.`}
    return
  }
  const rest = text.replaceAll('{{', '').replaceAll('}}', '')
  for (const [, tag = ''] of rest.matchAll(/\{([^{}]*)\}/g)) {
    if (!textTags.has(tag)) yield {message: `'${name}' has the unknown tag {${tag}}.`}
  }
  if (/[{}]/.test(rest.replace(/\{[^{}]*\}/g, ''))) yield {message: `'${name}' has a single brace.`}
}
