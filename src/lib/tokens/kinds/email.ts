import {readFile} from 'node:fs/promises'
import {isMailAddress} from '../../mail/send-mail.js'
import {formatBraces} from '../../python/format.js'
import {messageTags} from '../shared/message-text.js'
import {messageKind} from '../shared/message.js'
import {integerSetting} from '../shared/values.js'

/** One-time passwords by mail (spec/06 §11.2). */
export const email = messageKind({
  type: 'email',
  serialPrefix: 'PIEM',
  validity: (env) => integerSetting(env.config('email.validtime'), 120),
  concurrentSetting: 'email.concurrent_challenges',
  promptAction: 'email_challenge_text',
  prompt: ({behaviour}) => `Enter the OTP from the Email${behaviour.tagsInPrompts ? '' : ':'}`,
  autosendAction: 'emailautosend',
  failure: 'The PIN was correct, but the EMail could not be sent!',
  addressKey: 'email',
  dynamicKey: 'dynamic_email',
  attribute: 'email',
  isAddress: isMailAddress,
  async send(token, env, {address: to, otp}) {
    const template = await templateOf((await env.policyText('emailtext', {noted: true})) ?? '<otp>')
    const subject = (await env.policyText('emailsubject', {noted: true})) ?? 'Your OTP'
    const tags = await messageTags(token, env, {otp})
    const shown = template.html ? mapValues(tags, escapeHtml) : tags
    const fill = (text: string, values: Readonly<Record<string, string>>) =>
      formatBraces(text.replaceAll('<otp>', otp).replaceAll('<serial>', token.serial), values)
    const server = token.info.get('email.identifier')?.value || env.config('email.identifier')
    await env.messages.mail(
      {to, subject: fill(subject, tags), text: fill(template.text, shown), html: template.html},
      server,
    )
  },
})

/** `file:` before a path means the HTML in that file. */
async function templateOf(text: string): Promise<{text: string; html: boolean}> {
  if (!text.startsWith('file:')) return {text, html: false}
  return {text: await readFile(text.slice('file:'.length), 'utf8'), html: true}
}

function mapValues(values: Readonly<Record<string, string>>, map: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')
}
