import {flag, text, word, words, type PolicyAction} from './contract.js'

/** Whether an authenticated user may pass, and what the answer shows (spec/07 §7.2). */
export const authorizationActions: readonly PolicyAction[] = [
  text('authorized', {values: ['grant_access', 'deny_access']}),
  flag('application_tokentype'),
  word('auth_max_success'),
  word('auth_max_fail'),
  word('last_auth'),
  words('tokentype'),
  words('serial', {variant: 'action_only'}),
  words('tokeninfo', {variant: 'action_only', whiteSpace: true}),
  words('setrealm'),
  flag('api_key_required'),
  flag('no_detail_on_success', {variant: 'action_only'}),
  flag('no_detail_on_fail', {variant: 'action_only'}),
  flag('add_user_in_response'),
  flag('add_resolver_in_response'),
  words('u2f_req', {until: [3, 14]}),
  words('webauthn_req'),
  words('webauthn_authenticator_selection_list', {whiteSpace: true}),
  flag('require_auth_for_resolver_details', {since: [3, 13]}),
]
