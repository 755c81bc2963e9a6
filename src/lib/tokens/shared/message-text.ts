import type {ChallengeEnv, TokenView} from '../contract.js'

/** Values of the tags in texts of messages and prompts (spec/07 §8.1.10); what a login does not have is empty. */
export async function messageTags(
  token: TokenView,
  env: ChallengeEnv,
  {otp, challenge = ''}: {otp: string; challenge?: string},
): Promise<Record<string, string>> {
  const info = await env.ownerInfo()
  const text = (key: string) => {
    const value = info[key]
    const first: unknown = Array.isArray(value) ? value[0] : value
    return first === undefined || first === null ? '' : String(first)
  }
  const [date = '', time = ''] = env.validUntil(0).slice(0, 19).split(' ')
  const {client, userAgent} = env.origin
  return {
    otp,
    challenge,
    serial: token.serial,
    tokentype: token.type,
    user: text('givenname'),
    givenname: text('givenname'),
    surname: text('surname'),
    username: text('username'),
    userrealm: token.owner?.realm ?? '',
    recipient_givenname: text('givenname'),
    recipient_surname: text('surname'),
    time,
    date,
    client_ip: client,
    ua_browser: userAgent.split('/')[0] ?? '',
    ua_string: userAgent,
    admin: '',
    realm: '',
    action: '',
    url: '',
    pin: '',
    registrationcode: '',
    googleurl_value: '',
  }
}

/** Fills tags of a prompt; an unknown one becomes nothing. */
export async function fillPrompt(prompt: string, token: TokenView, env: ChallengeEnv): Promise<string> {
  if (!env.behaviour.tagsInPrompts || !prompt.includes('{')) return prompt
  const tags = await messageTags(token, env, {otp: ''})
  for (const key of ['phone', 'email']) tags[key] = token.info.get(key)?.value ?? ''
  return prompt.replaceAll(/\{(\w+)\}/g, (_, name: string) => tags[name] ?? '')
}
