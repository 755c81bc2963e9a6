import type {Policy} from '../../../types/policy.js'
import {compileAnchored} from '../../elements.js'
import {splitValue} from '../../encoding.js'
import type {Fault, PolicyRule} from '../contract.js'
import {actionsOf} from './actions.js'

const span = String.raw`\s*[+-]?\s*\d+\s*[smhdy]\s*`
const slashes = (text: string): number => text.split('/').length - 1

/** What is wrong with the value of an action of its own little language; `undefined` when it is well formed. */
type SyntaxCheck = (value: string) => string | undefined

const pattern =
  (regex: RegExp, form: string): SyntaxCheck =>
  (value) =>
    regex.test(value) ? undefined : `is not of the form ${form}`

const contents: SyntaxCheck = pattern(/^[+-]*[cns]+$|^\[.*\]+$/, 'c, n, s with + or - before, or [characters]')

const mangle: SyntaxCheck = (value) => {
  const [key = '', search = ''] = value.split('/')
  if (!['user', 'pass', 'realm'].includes(key)) return `rewrites '${key}', which is none of user, pass, realm`
  if (slashes(value) < 3) return 'is not of the form key/search/replace/'
  return compileAnchored(search) ? undefined : `searches for '${search}', which is no regular expression`
}

const tokenInfo: SyntaxCheck = (value) =>
  slashes(value) === 2 ? undefined : 'is not of the form key/regex/, so it is ignored'

const attestation: SyntaxCheck = (value) => {
  if (slashes(value) !== 2) return 'is not of the form subject|issuer|serial/regex/'
  const [tag = ''] = value.split('/')
  return ['subject', 'issuer', 'serial'].includes(tag)
    ? undefined
    : `asks for '${tag}', which is none of subject, issuer, serial`
}

const passthruAssign: SyntaxCheck = (value) => {
  const [first = '', second = '', window = '1'] = value.split(':')
  const parts = [first, second]
  const ok =
    parts.filter((part) => part === 'pin').length === 1 &&
    parts.some((part) => /^\d+$/.test(part)) &&
    /^\d+$/.test(window)
  return ok ? undefined : 'is not of the form 6:pin or pin:6, with a window behind'
}

const requiredEmail: SyntaxCheck = (value) =>
  compileAnchored(value.replace(/^\/|\/$/g, '')) ? undefined : 'holds no regular expression'

const customAttributes: SyntaxCheck = pattern(/^\s*:[^:]+:\s*\S.*$/, ':key: value value :key2: *')

const checks: Readonly<Record<string, SyntaxCheck>> = {
  auth_max_fail: pattern(/^\s*\d+\s*\/\s*\d+\s*[smhSMH]\s*$/, 'N/Tu with u one of s, m, h'),
  auth_max_success: pattern(/^\s*\d+\s*\/\s*\d+\s*[smhSMH]\s*$/, 'N/Tu with u one of s, m, h'),
  last_auth: pattern(new RegExp(`^${span}$`), '10d'),
  auth_cache: pattern(new RegExp(`^${span}(/(${span}|\\s*\\d+\\s*))?$`), '4h, 4h/5m or 4h/10'),
  change_pin_every: pattern(/^\d+d$/, '90d'),
  auditlog_age: pattern(/^\d+[dmy]$/, '10d, 3m or 2y'),
  otp_pin_contents: contents,
  'registration.contents': contents,
  'pw.contents': contents,
  mangle,
  tokeninfo: tokenInfo,
  u2f_req: attestation,
  webauthn_req: attestation,
  passthru_assign: passthruAssign,
  requiredemail: requiredEmail,
  set_custom_user_attributes: customAttributes,
}

export const syntaxRules: readonly PolicyRule[] = [
  {
    id: 'P030',
    severity: 'error',
    title: 'a value has a syntax of its own and breaks it',
    *check(policy) {
      const known = actionsOf(policy)
      for (const [key, value] of policy.actions) {
        const action = known.get(key)
        if (!action || value === true) continue
        const check = checks[key.endsWith('_otp_pin_contents') ? 'otp_pin_contents' : key]
        if (!check) continue
        for (const text of splitValue(value, action.whiteSpace)) {
          const fault = check(text)
          if (fault) yield {message: `'${key}=${text}' ${fault}.`}
        }
      }
    },
  },
  {
    id: 'P031',
    severity: 'warning',
    title: 'an action needs another one beside it',
    *check(policy) {
      yield* missingPartners(policy)
      const letters = policy.actions.get('losttoken_PW_contents')
      if (policy.scope === 'enrollment' && typeof letters === 'string' && !/^(8|[cCns]+)$/.test(letters)) {
        yield {message: `'losttoken_PW_contents' knows c, C, n, s and 8, not '${letters}'.`}
      }
    },
  },
]

/** Actions that do nothing unless the same policy (or one beside it) has their partner. */
function* missingPartners({actions, scope}: Policy): Iterable<Fault> {
  const partners: [string, string, string, (value: string | true | undefined) => boolean][] = [
    ['authentication', 'challenge_text_footer', 'challenge_text_header', (value) => value !== undefined],
    ['authentication', 'passthru_assign', 'passthru', (value) => typeof value === 'string' && value !== 'userstore'],
    ['enrollment', 'pinhandling', 'otp_pin_random', (value) => value !== undefined],
  ]
  for (const [where, name, partner, holds] of partners) {
    if (scope === where && actions.has(name) && !holds(actions.get(partner))) {
      yield {message: `'${name}' has no effect without '${partner}' in the same place.`}
    }
  }
}
