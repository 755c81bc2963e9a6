import type {Call} from './call.js'
import type {Caller} from './rights.js'

/** Settings of the web interface from policies of scope webui, with the values of 3.8 where none says otherwise. */
export async function webSettings(call: Call, {name, realm}: Caller): Promise<Record<string, unknown>> {
  const user = {login: name, realm, resolver: call.user.resolver, userId: ''}
  const text = async (action: string) =>
    (await call.policies.ask('webui', action, {user})).unique({whiteSpace: true})?.value
  const number = async (action: string, preset: number) => {
    const given = await text(action)
    return given !== undefined && /^\d+$/.test(given) ? Number(given) : preset
  }
  const isOn = async (action: string) => (await call.policies.ask('webui', action, {user})).names.length > 0
  return {
    logout_time: await number('logout_time', 120),
    audit_page_size: await number('audit_page_size', 10),
    token_page_size: await number('token_page_size', 15),
    user_page_size: await number('user_page_size', 15),
    policy_template_url:
      (await text('policy_template_url')) ??
      'https://raw.githubusercontent.com/privacyidea/policy-templates/master/templates/',
    default_tokentype: (await text('default_tokentype')) ?? 'hotp',
    user_details: await isOn('user_details'),
    token_wizard: false,
    token_wizard_2nd: false,
    admin_dashboard: await isOn('admin_dashboard'),
    dialog_no_token: false,
    search_on_enter: await isOn('search_on_enter'),
    // The default of the original, misspelt as it is: its pages know the word.
    timeout_action: (await text('timeout_action')) ?? 'lockscreeen',
    token_rollover: {},
    hide_welcome: await isOn('hide_welcome_info'),
    hide_buttons: await isOn('hide_buttons'),
    show_seed: await isOn('show_seed'),
    show_node: '',
    subscription_status: 0,
    subscription_status_push: 0,
    qr_image_android: null,
    qr_image_ios: null,
    qr_image_custom: null,
    logout_redirect_url: (await text('logout_redirect')) ?? '',
  }
}
