import type {Release} from '../../types/release.js'
import {flag, integer, text, word, words, type PolicyAction} from './contract.js'

const session = {variant: 'session'} as const
const flags = (names: string, since?: Release): PolicyAction[] =>
  names.split(' ').map((name) => flag(name, since ? {...session, since} : session))

/** What the web interface shows and how one logs in to it (spec/07 §7.6). */
export const webuiActions: readonly PolicyAction[] = [
  word('login_mode', {...session, values: ['userstore', 'privacyIDEA', 'eduMFA', 'disable']}),
  word('remote_user', {...session, values: ['allowed', 'disable', 'force']}),
  integer('logout_time', session),
  word('timeout_action', {...session, values: ['logout', 'lockscreen']}),
  integer('token_page_size', session),
  integer('user_page_size', session),
  integer('audit_page_size', session),
  word('default_tokentype', session),
  ...flags(
    'tokenwizard tokenwizard_2nd_token dialog_no_token user_details search_on_enter admin_dashboard hide_welcome_info hide_buttons show_seed show_node show_android_privacyidea_authenticator show_ios_privacyidea_authenticator',
  ),
  words('token_rollover', session),
  text('show_custom_authenticator', session),
  text('policy_template_url', {...session, variant: 'action_only'}),
  ...[
    'logout_redirect',
    'login_text',
    'custom_menu',
    'custom_baseline',
    'privacy_statement_link',
    'realm_dropdown',
  ].map((name) => text(name, session)),
  word('indexedsecret_preset_attribute', {...session, variant: 'realm'}),
  ...flags('deletion_confirmation', [3, 9]),
  integer('jwt_validity', {...session, since: [3, 10]}),
  word('container_wizard_type', {...session, since: [3, 11]}),
  text('container_wizard_template', {...session, since: [3, 11]}),
  ...flags('container_wizard_registration', [3, 11]),
  word('default_container_type', {...session, since: [3, 11]}),
  integer('rss_age', {...session, since: [3, 11]}),
  text('rss_feeds', {...session, since: [3, 11]}),
  word('passkey_login', {...session, since: [3, 13], values: ['show', 'hide']}),
]

/** Self registration (spec/07 §7.7). */
export const registerActions: readonly PolicyAction[] = [
  word('realm'),
  word('resolver'),
  word('smtpconfig'),
  word('requiredemail'),
  text('registration_body'),
  flag('hide_specific_error_message', {since: [3, 13]}),
]

/** Containers and smartphones (spec/07 §7.8). */
export const containerActions: readonly PolicyAction[] = [
  text('privacyIDEA_server_url', {since: [3, 11]}),
  integer('container_registration_ttl', {since: [3, 11]}),
  integer('container_challenge_ttl', {since: [3, 11]}),
  word('container_ssl_verify', {since: [3, 11]}),
  ...[
    'container_client_rollover',
    'disable_client_container_unregister',
    'disable_client_token_deletion',
    'initially_add_tokens_to_container',
  ].map((name) => flag(name, {since: [3, 11]})),
  flag('hide_specific_error_message', {since: [3, 13]}),
]

/** Rules for handling tokens (spec/07 §7.8). */
export const tokenActions: readonly PolicyAction[] = [
  words('require_description_on_edit', {since: [3, 12]}),
  flag('hide_specific_error_message_for_offline_refill', {since: [3, 13]}),
  flag('hide_specific_error_message_for_ttype', {since: [3, 13]}),
]

/** What strangers may learn (spec/07 §7.8). */
export const hardeningActions: readonly PolicyAction[] = [
  flag('hide_version', {since: [3, 14]}),
  flag('hide_auth_error_status', {since: [3, 14]}),
]
