import type {Release} from '../../types/release.js'
import {flag, integer, word, words, type PolicyAction} from './contract.js'
import {tokenTypes, userEnrollableTypes} from './token-types.js'

const right = {variant: 'admin_or_user'} as const
const rights = (names: string, since?: Release): PolicyAction[] =>
  names.split(' ').map((name) => flag(name, since ? {...right, since} : right))

const pinRules = (prefix = ''): PolicyAction[] => [
  integer(`${prefix}otp_pin_minlength`, {...right, range: [0, 31]}),
  integer(`${prefix}otp_pin_maxlength`, {...right, range: [0, 31]}),
  word(`${prefix}otp_pin_contents`, right),
]

const tokenDefaults = ([['hotp'], ['totp'], ['daypassword', [3, 9]]] as [string, Release?][]).flatMap(
  ([type, since]) => {
    const options = since ? {...right, since} : right
    return [
      word(`${type}_hashlib`, {...options, values: ['sha1', 'sha256', 'sha512']}),
      integer(`${type}_otplen`, {...options, range: [6, 8]}),
      ...(type === 'daypassword'
        ? [word(`${type}_timestep`, options)]
        : [word(`${type}_2step`, {...options, values: ['allow', 'force']})]),
    ]
  },
)

/** What both administrators and users may be allowed to do, or are held to. */
const shared: PolicyAction[] = [
  ...rights(
    'enable disable setpin setrandompin resync reset revoke assign unassign delete enrollpin auditlog userlist updateuser',
  ),
  words('hide_tokeninfo', right),
  word('auditlog_age', right),
  words('hide_audit_columns', right),
  ...pinRules(),
  ...[...tokenTypes.keys()].flatMap((type) => pinRules(`${type}_`)),
  integer('otp_pin_set_random', {...right, range: [1, 31]}),
  word('set_custom_user_attributes', {...right, whiteSpace: true}),
  words('delete_custom_user_attributes', right),
  ...tokenDefaults,
  integer('totp_timestep', {...right, range: [30, 60]}),
  words('sms_gateways', right),
  word('indexedsecret_force_attribute', right),
  word('certificate_trusted_Attestation_CA_path', right),
  ...rights(
    'container_add_token container_assign_user container_create container_delete container_description container_list container_remove_token container_state container_unassign_user',
    [3, 10],
  ),
  ...rights('container_register container_unregister container_rollover', [3, 11]),
  words('hide_container_info', {...right, since: [3, 12]}),
]

/** Rights of administrators (spec/07 §7.4). */
export const adminActions: readonly PolicyAction[] = [
  ...shared,
  ...rights('set settokeninfo tokenrealms tokenlist tokengroups'),
  ...[...tokenTypes].map(([type, since]) => flag(`enroll${type.toUpperCase()}`, {...right, since})),
  ...rights(
    'importtokens configwrite configdelete configread system_documentation policywrite policydelete policyread resolverwrite resolverdelete resolverread caconnectorwrite caconnectordelete caconnectorread mresolverwrite mresolverdelete mresolverread auditlog_download set_hsm_password smtpserver_write smtpserver_read radiusserver_write radiusserver_read privacyideaserver_write privacyideaserver_read edumfaserver_write edumfaserver_read periodictask_write periodictask_read statistics_read statistics_delete eventhandling_write eventhandling_read smsgateway_write smsgateway_read clienttype managesubscription',
  ),
  ...rights('fetch_authentication_items getchallenges triggerchallenge machinelist manage_machine_tokens'),
  ...rights('getserial getrandom copytokenpin copytokenuser losttoken adduser deleteuser'),
  ...rights('tokengroup_list tokengroup_add tokengroup_delete'),
  ...rights('setdescription serviceid_list serviceid_add serviceid_delete', [3, 9]),
  ...rights('container_info container_realms', [3, 10]),
  ...rights('container_template_create container_template_delete container_template_list', [3, 11]),
  ...rights(
    'applspec_force_server_generate hotp_force_server_generate totp_force_server_generate motp_force_server_generate',
    [3, 12],
  ),
  ...rights('cancelchallenge get_user_internal_attributes api_client_list api_client_add api_client_delete', [3, 14]),
]

/** Rights of users in self-service (spec/07 §7.5). */
export const userActions: readonly PolicyAction[] = [
  ...shared,
  ...rights('setdescription password_reset hotp_force_server_generate totp_force_server_generate'),
  ...userEnrollableTypes.map((type) => flag(`enroll${type.toUpperCase()}`, {...right, since: tokenTypes.get(type)!})),
  ...rights('applspec_force_server_generate motp_force_server_generate', [3, 12]),
]
