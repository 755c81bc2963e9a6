import type {Existence, Reference, ValueForm} from './contract.js'
import {infoComparison, intComparison, networks, plainOrComparison, span} from './values/comparisons.js'
import {anyText, choice, oneName, regex, someText, startRegex, truth, untrimmedList, verdict} from './values/simple.js'
import {isOlder} from '../types/release.js'

/** One condition that a handler may have (spec/09 §6.1). */
export interface EventCondition extends Existence {
  readonly description: string
  readonly value: ValueForm
  /** What must be there for it to be checked; without, most conditions count as met. */
  readonly about: 'request' | 'response' | 'user' | 'token' | 'container'
  readonly reference?: Reference
}

const later: Existence = {eduMfa: false, since: [3, 10]}
const container = {about: 'container', ...later} as const
const container311 = {about: 'container', eduMfa: false, since: [3, 11]} as const

/** A name, or a list of names where the release takes one. */
const nameOrList: ValueForm = {
  check: (text, server) =>
    server.eduMfa || isOlder(server.release, [3, 10])
      ? oneName.check!(text, server)
      : untrimmedList.check!(text, server),
  form: 'name; from 3.10 on a comma list without blanks',
}

/** A verdict that is compared exactly before a release. */
function exactBefore(release: readonly [number, number]): ValueForm {
  const exact = verdict({strict: true})
  return {...exact, check: (text, server) => (isOlder(server.release, release) ? exact : truth).check!(text, server)}
}

const all: [string, EventCondition][] = [
  ['client_ip', {about: 'request', description: 'address of the client', value: networks}],
  ['realm', {about: 'user', description: 'realm of the user', reference: 'realms', value: nameOrList}],
  ['resolver', {about: 'user', description: 'resolver of the user', reference: 'resolvers', value: nameOrList}],
  ['logged_in_user', {about: 'request', description: 'who is logged in', value: choice('admin', 'user')}],
  ['result_value', {about: 'response', description: 'result.value of the answer', value: truth}],
  ['result_status', {about: 'response', description: 'result.status of the answer', value: truth}],
  [
    'result_authentication',
    {
      ...later,
      about: 'response',
      description: 'result.authentication of the answer',
      value: choice('ACCEPT', 'REJECT', 'CHALLENGE', 'DECLINED'),
    },
  ],
  ['token_locked', {about: 'user', description: 'fail counter at its limit', value: verdict()}],
  ['tokenrealm', {about: 'token', description: 'realm of the token', reference: 'realms', value: untrimmedList}],
  [
    'tokenresolver',
    {about: 'token', description: 'resolver of a realm of the token', reference: 'resolvers', value: untrimmedList},
  ],
  ['serial', {about: 'token', description: 'serial of the token', value: startRegex}],
  [
    'user_token_number',
    {about: 'user', description: 'how many tokens the user has', value: plainOrComparison([3, 10], true)},
  ],
  ['detail_error_message', {about: 'response', description: 'error text of the answer', value: regex}],
  ['detail_message', {about: 'response', description: 'message of the answer', value: regex}],
  ['counter', {about: 'request', description: 'sum of an event counter', value: infoComparison({number: true})}],
  ['tokentype', {about: 'token', description: 'type of the token', value: untrimmedList}],
  ['token_has_owner', {about: 'token', description: 'whether it has an owner', value: exactBefore([3, 12])}],
  ['token_is_orphaned', {about: 'token', description: 'whether its owner is gone', value: exactBefore([3, 12])}],
  ['token_validity_period', {about: 'token', description: 'whether it is valid now', value: verdict()}],
  ['otp_counter', {about: 'token', description: 'counter of the token', value: intComparison}],
  ['last_auth', {about: 'token', description: 'last authentication is longer ago', value: span}],
  ['count_auth', {about: 'token', description: 'authentications', value: intComparison}],
  ['count_auth_success', {about: 'token', description: 'successful authentications', value: intComparison}],
  ['count_auth_fail', {about: 'token', description: 'failed authentications', value: intComparison}],
  ['failcounter', {about: 'token', description: 'fail counter', value: intComparison}],
  ['tokeninfo', {about: 'token', description: 'field of the token info', value: infoComparison({now: true})}],
  ['rollout_state', {about: 'token', description: 'state of the enrolment', value: anyText}],
  [
    'token_is_in_container',
    {...later, about: 'token', description: 'whether it is in a container', value: exactBefore([3, 12])},
  ],
  [
    'user_container_number',
    {...later, about: 'user', description: 'containers of the user', value: plainOrComparison([3, 12], false)},
  ],
  [
    'user_info',
    {
      about: 'user',
      description: 'attribute of the user',
      eduMfa: false,
      since: [3, 14],
      value: infoComparison({now: true}),
    },
  ],
  ['challenge_session', {...later, about: 'token', description: 'session of the challenge', value: startRegex}],
  ['challenge_expired', {...later, about: 'token', description: 'whether the challenge is over', value: truth}],
  ['container_state', {...container, description: 'states that are set, others may be', value: untrimmedList}],
  ['container_exact_state', {...container, description: 'exactly the states that are set', value: untrimmedList}],
  ['container_has_owner', {...container, description: 'whether it has an owner', value: exactBefore([3, 12])}],
  ['container_has_token', {...container, description: 'whether it holds a token', value: exactBefore([3, 12])}],
  ['container_type', {...container, description: 'type of the container', value: someText}],
  [
    'container_realm',
    {...container311, description: 'realm of the container', reference: 'realms', value: untrimmedList},
  ],
  [
    'container_resolver',
    {...container311, description: 'resolver of an owner', reference: 'resolvers', value: untrimmedList},
  ],
  ['container_info', {...container311, description: 'field of its info', value: infoComparison({now: true})}],
  [
    'container_last_authentication',
    {...container311, description: 'last authentication is not longer ago', value: span},
  ],
  [
    'container_last_synchronization',
    {...container311, description: 'last synchronization is not longer ago', value: span},
  ],
]

/** Every condition of any release, by its key. */
export const eventConditions: ReadonlyMap<string, EventCondition> = new Map(all)
