import {PiError} from '../../errors.js'
import {httpCall} from '../../net/http-client.js'
import type {SmsProvider} from '../contract.js'

const address = 'https://samurai.sipgate.net/RPC2'

/** The XML-RPC service of Sipgate (spec/06 §17.1). */
export const sipgateSms: SmsProvider = {
  name: 'SipgateSMSProvider',
  async send({phone, text}, {options}) {
    const members = {
      RemoteUri: `sip:${phone.trim().replace(/^\++|\++$/g, '')}@sipgate.de`,
      TOS: 'text',
      Content: text,
    }
    const struct = Object.entries(members)
      .map(([name, value]) => `<member><name>${name}</name><value><string>${escape(value)}</string></value></member>`)
      .join('')
    const {status} = await httpCall({
      url: address,
      method: 'POST',
      body: {
        contentType: 'text/xml',
        text: `<?xml version="1.0"?><methodCall><methodName>samurai.SessionInitiate</methodName><params><param><value><struct>${struct}</struct></value></param></params></methodCall>`,
      },
      basicAuth: {user: options['USERNAME'] ?? '', password: options['PASSWORD'] ?? ''},
      timeoutMs: 30_000,
      proxy: options['PROXY'] || undefined,
    })
    if (status !== 200) throw new PiError('UNAVAILABLE', `SMS could not be sent: ${status}`)
  },
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
