import type {Existence} from './contract.js'

const group = (existence: Existence, names: string): [string, Existence][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, existence])

/** Every event of any release; others never happen (spec/09 §4). */
export const eventNames: ReadonlyMap<string, Existence> = new Map([
  ...group(
    {},
    `auth validate_check validate_triggerchallenge validate_offlinerefill token_init token_getchallenges token_list
    token_assign token_unassign token_revoke token_enable token_disable token_delete token_reset token_resync
    token_setpin token_setrandompin token_set token_realm token_load token_copypin token_copyuser token_lost
    token_getserial token_info token_assign_group token_unassign_group tokengroup_add tokengroup_list
    tokengroup_delete user_list user_add user_update user_delete set_custom_user_attribute get_user_attribute
    delete_custom_user_attribute get_editable_attributes`,
  ),
  ...group({eduMfa: false}, 'subscription_get subscription_save subscription_delete'),
  ...group({since: [3, 9]}, 'validate_poll_transaction serviceid_add serviceid_list serviceid_delete'),
  ...group(
    {eduMfa: false, since: [3, 10]},
    `ttype container_assign container_unassign container_init container_delete container_add_token
    container_remove_token container_set_description container_set_states container_set_realms`,
  ),
  ...group({eduMfa: false, since: [3, 10], until: [3, 11]}, 'container_update_last_seen'),
  ...group(
    {eduMfa: false, since: [3, 11]},
    `container_register_initialize container_register_finalize container_unregister container_create_challenge
    container_synchronize container_init_rollover`,
  ),
  ...group(
    {eduMfa: false, since: [3, 14]},
    `token_cancelchallenge subscription_status api_client_add api_client_list api_client_edit api_client_rotate
    api_client_delete remembered_device_list remembered_device_revoke remembered_device_revoke_all
    remembered_device_revoke_bulk user_settings_get user_settings_set user_settings_delete
    get_user_internal_attribute`,
  ),
])
