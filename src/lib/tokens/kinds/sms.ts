import {formatBraces} from '../../python/format.js'
import {messageTags} from '../shared/message-text.js'
import {messageKind} from '../shared/message.js'
import {integerSetting} from '../shared/values.js'

/** One-time passwords by text message (spec/06 §11.1). */
export const sms = messageKind({
  type: 'sms',
  serialPrefix: 'PISM',
  validity: (env) => integerSetting(env.config('sms.providerTimeout'), 300),
  concurrentSetting: 'sms.concurrent_challenges',
  promptAction: 'sms_challenge_text',
  prompt: () => 'Enter the OTP from the SMS:',
  autosendAction: 'smsautosend',
  failure: 'The PIN was correct, but the SMS could not be sent!',
  addressKey: 'phone',
  dynamicKey: 'dynamic_phone',
  attribute: 'mobile',
  isAddress: (text) => /^\+?[\d\s()/.-]{3,40}$/.test(text),
  async send(token, env, {address, otp}) {
    const template = (await env.policyText('smstext', {noted: true})) ?? '<otp>'
    const text = template.replaceAll('<otp>', otp).replaceAll('<serial>', token.serial)
    const gateway = token.info.get('sms.identifier')?.value || env.config('sms.identifier')
    await env.messages.sms({phone: address, text: formatBraces(text, await messageTags(token, env, {otp}))}, gateway)
  },
})
