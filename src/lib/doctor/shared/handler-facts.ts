/** What an action of an event handler needs. */
interface ActionFacts {
  /** Options without which it does nothing or fails. */
  needs?: readonly string[]
  /** Options that name an object of the configuration: option → table and column. */
  refers?: Readonly<Record<string, {table: string; column: string}>>
}

interface HandlerFacts {
  positions: readonly ('pre' | 'post')[]
  /** Absent: the action is the name of a script. */
  actions?: Readonly<Record<string, ActionFacts>>
  /** Actions are compared with case (spec/09 §8). */
  exact?: true
}

const both = ['pre', 'post'] as const
const smtp = {table: 'smtpserver', column: 'identifier'}
const sms = {table: 'smsgateway', column: 'identifier'}
const none: ActionFacts = {}

/** The modules of privacyIDEA 3.8 to 3.14 and of eduMFA, their actions and what these need (spec/09 §8). */
export const handlerFacts: Readonly<Record<string, HandlerFacts>> = {
  UserNotification: {
    positions: both,
    actions: {
      sendmail: {needs: ['emailconfig'], refers: {emailconfig: smtp}},
      sendsms: {needs: ['smsconfig'], refers: {smsconfig: sms}},
      savefile: {needs: ['filename']},
    },
  },
  Token: {
    positions: both,
    actions: {
      'set tokenrealm': {needs: ['realm'], refers: {realm: {table: 'realm', column: 'name'}}},
      delete: none,
      unassign: none,
      disable: none,
      enable: none,
      'set random pin': none,
      enroll: {needs: ['tokentype'], refers: {smtp_identifier: smtp, sms_identifier: sms}},
      'set description': none,
      'set validity': none,
      'set countwindow': none,
      'set tokeninfo': {needs: ['key']},
      'delete tokeninfo': {needs: ['key']},
      'increase tokeninfo': {needs: ['key']},
      'set failcounter': {needs: ['fail counter']},
      'change failcounter': {needs: ['change fail counter']},
      'set max failcount': {needs: ['max failcount']},
      'add tokengroup': {needs: ['tokengroup'], refers: {tokengroup: {table: 'tokengroup', column: 'name'}}},
      'remove tokengroup': {needs: ['tokengroup'], refers: {tokengroup: {table: 'tokengroup', column: 'name'}}},
      'attach application': {needs: ['application']},
    },
  },
  Script: {positions: both, exact: true},
  Federation: {
    positions: ['post'],
    exact: true,
    actions: {
      forward: {needs: ['privacyIDEA'], refers: {privacyIDEA: {table: 'privacyideaserver', column: 'identifier'}}},
    },
  },
  Counter: {
    positions: both,
    exact: true,
    actions: {
      increase_counter: {needs: ['counter_name']},
      decrease_counter: {needs: ['counter_name']},
      reset_counter: {needs: ['counter_name']},
    },
  },
  RequestMangler: {positions: both, actions: {delete: {needs: ['parameter']}, set: {needs: ['parameter', 'value']}}},
  ResponseMangler: {
    positions: ['post'],
    actions: {delete: {needs: ['JSON pointer']}, set: {needs: ['JSON pointer', 'type', 'value']}},
  },
  Logging: {positions: both, actions: {logging: none}},
  CustomUserAttributes: {
    positions: both,
    actions: {
      set_custom_user_attributes: {needs: ['attrkey', 'attrvalue']},
      delete_custom_user_attributes: {needs: ['attrkey']},
    },
  },
  WebHook: {positions: both, actions: {post_webhook: {needs: ['URL', 'content_type']}}},
  // Its actions came release by release; they are not judged.
  Container: {positions: both},
}

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Everything that triggers handlers in some release (spec/09 §4). */
export const eventNames: ReadonlySet<string> = new Set(
  words(`
    auth validate_check validate_triggerchallenge validate_offlinerefill validate_poll_transaction ttype token_init
    token_getchallenges token_cancelchallenge token_list token_assign token_unassign token_revoke token_enable
    token_disable token_delete token_reset token_resync token_setpin token_setrandompin token_set token_realm token_load
    token_copypin token_copyuser token_lost token_getserial token_info token_assign_group token_unassign_group
    tokengroup_add tokengroup_list tokengroup_delete serviceid_add serviceid_list serviceid_delete user_list user_add
    user_update user_delete set_custom_user_attribute get_user_attribute delete_custom_user_attribute
    get_editable_attributes subscription_get subscription_save subscription_delete subscription_status container_assign
    container_unassign container_init container_delete container_add_token container_remove_token
    container_set_description container_set_states container_set_realms container_update_last_seen
    container_register_initialize container_register_finalize container_unregister container_create_challenge
    container_synchronize container_init_rollover api_client_add api_client_list api_client_edit api_client_rotate
    api_client_delete remembered_device_list remembered_device_revoke remembered_device_revoke_all
    remembered_device_revoke_bulk user_settings_get user_settings_set user_settings_delete get_user_internal_attribute
  `),
)
