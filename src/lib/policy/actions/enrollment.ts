import {flag, integer, text, word, words, type PolicyAction} from './contract.js'
import {tokenTypes} from './token-types.js'

const perType = [...tokenTypes].flatMap(([type, since]) => [
  integer(`${type}_max_token_per_user`, {reading: 'max', since}),
  integer(`${type}_max_active_token_per_user`, {reading: 'max', since}),
])

const twoStep = ['hotp', 'totp'].flatMap((type) => [
  integer(`${type}_2step_clientsize`),
  integer(`${type}_2step_serversize`),
  integer(`${type}_2step_difficulty`),
  flag(`${type}_force_app_pin`),
])

const appUnlock = ['hotp', 'totp', 'push', 'daypassword'].map((type) =>
  word(`${type}_app_force_unlock`, {since: [3, 13], values: ['any', 'biometric', 'pin']}),
)

/** How tokens are made and assigned (spec/07 §7.3). */
export const enrollmentActions: readonly PolicyAction[] = [
  integer('max_token_per_realm', {reading: 'max', variant: 'realm'}),
  integer('max_token_per_user', {reading: 'max'}),
  integer('max_active_token_per_user', {reading: 'max'}),
  ...perType,
  text('tokenlabel'),
  text('tokenissuer'),
  text('appimageurl'),
  word('autoassignment', {values: ['any_pin', 'userstore']}),
  integer('registration.length', {range: [1, 31]}),
  word('registration.contents'),
  integer('pw.length', {range: [1, 31]}),
  word('pw.contents'),
  words('verify_enrollment'),
  integer('otp_pin_random', {range: [1, 31]}),
  words('pinhandling'),
  flag('change_pin_on_first_use', {variant: 'realm'}),
  word('change_pin_every', {variant: 'realm'}),
  flag('encrypt_pin'),
  integer('losttoken_PW_length', {range: [1, 31]}),
  word('losttoken_PW_contents'),
  integer('losttoken_valid', {range: [1, 60]}),
  ...twoStep,
  flag('push_force_app_pin'),
  integer('papertoken_count'),
  integer('tantoken_count'),
  words('u2f_req', {until: [3, 14]}),
  flag('u2f_no_verify_certificate', {until: [3, 14]}),
  word('yubikey_access_code'),
  text('push_firebase_configuration'),
  text('push_registration_url'),
  integer('push_ttl'),
  word('push_ssl_verify', {values: ['0', '1']}),
  word('certificate_require_attestation', {values: ['ignore', 'verify', 'require_and_verify']}),
  word('certificate_ca_connector'),
  word('certificate_template'),
  words('certificate_request_subject_component'),
  word('webauthn_relying_party_id'),
  text('webauthn_relying_party_name'),
  integer('webauthn_timeout'),
  word('webauthn_authenticator_attachment', {values: ['platform', 'cross-platform', 'either']}),
  words('webauthn_authenticator_selection_list', {whiteSpace: true}),
  word('webauthn_user_verification_requirement', {values: ['required', 'preferred', 'discouraged']}),
  words('webauthn_public_key_credential_algorithms', {values: ['ecdsa', 'rsassa-pss', 'rsassa-pkcs1v1_5']}),
  word('webauthn_authenticator_attestation_form', {values: ['none', 'indirect', 'direct']}),
  word('webauthn_authenticator_attestation_level', {values: ['none', 'untrusted', 'trusted']}),
  words('webauthn_req'),
  flag('webauthn_avoid_double_registration'),
  text('webauthn_challenge_text'),
  words('require_description', {since: [3, 9]}),
  flag('daypassword_force_app_pin', {since: [3, 9]}),
  word('email_validation', {since: [3, 10]}),
  word('passkey_attestation_conveyance_preference', {since: [3, 11]}),
  flag('push_use_pia_scheme', {since: [3, 12]}),
  ...appUnlock,
  word('indexedsecret_preset_attribute', {variant: 'realm'}),
]
