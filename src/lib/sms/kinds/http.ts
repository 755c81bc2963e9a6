import {PiError} from '../../errors.js'
import {httpCall} from '../../net/http-client.js'
import {substituteAll} from '../../python/substitute.js'
import type {GatewaySettings, SmsMessage, SmsProvider} from '../contract.js'
import {isYes, requiredOption} from '../options.js'

/** Options with a meaning of their own; all others become parameters of the request. */
const known = new Set([
  'URL',
  'HTTP_METHOD',
  'RETURN_SUCCESS',
  'RETURN_FAIL',
  'USERNAME',
  'PASSWORD',
  'CHECK_SSL',
  'SEND_DATA_AS_JSON',
  'REGEXP',
  'PROXY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'TIMEOUT',
])

/** A web service that takes text messages (spec/06 §17.1). */
export const httpSms: SmsProvider = {
  name: 'HttpSMSProvider',
  async send(message, {options, headers}) {
    const url = requiredOption(options, 'URL')
    const parameters = parametersOf(message, options)
    const isPost = options['HTTP_METHOD']?.toUpperCase() === 'POST'
    const asJson = isYes(options['SEND_DATA_AS_JSON'])
    const {USERNAME: user, PASSWORD: password} = options
    const answer = await httpCall({
      url,
      method: isPost ? 'POST' : 'GET',
      headers,
      ...(isPost ? {body: asJson ? {json: parameters} : {form: parameters}} : {query: parameters}),
      ...(user && password && {basicAuth: {user, password}}),
      timeoutMs: (Number(options['TIMEOUT']) || 3) * 1000,
      verifyTls: options['CHECK_SSL'] === undefined || isYes(options['CHECK_SSL']),
      proxy: proxyOf(url, options),
    })
    if (![200, 201, 202].includes(answer.status)) {
      throw new PiError('UNAVAILABLE', `SMS could not be sent: ${answer.status}`)
    }
    if (!isSuccess(answer.text, options)) throw new PiError('UNAVAILABLE', 'The SMS gateway refused the message.')
  },
}

function parametersOf({phone, text}: SmsMessage, options: GatewaySettings['options']): Record<string, string> {
  const number = mangled(phone, options['REGEXP'])
  return Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => !known.has(name))
      .map(([name, value]) => [
        name,
        value.replaceAll(/\{(otp|phone)\}/g, (_, tag: string) => (tag === 'otp' ? text : number)),
      ]),
  )
}

/** `/search/replace/` rewrites the number, e.g. `/^0/0049/`. */
function mangled(phone: string, rule: string | undefined): string {
  if (!rule) return phone
  const match = /^\/([^/]*)\/([^/]*)\/$/.exec(rule)
  if (!match)
    throw new PiError('CONFIG', `The REGEXP '${rule}' of the SMS gateway is not of the form /search/replace/.`)
  return substituteAll(match[1]!, match[2]!, phone)
}

function proxyOf(url: string, options: GatewaySettings['options']): string | undefined {
  const isSecure = url.toLowerCase().startsWith('https:')
  return (isSecure ? options['HTTPS_PROXY'] : options['HTTP_PROXY']) || options['PROXY'] || undefined
}

function isSuccess(answer: string, options: GatewaySettings['options']): boolean {
  const {RETURN_SUCCESS: success, RETURN_FAIL: fail} = options
  if (success) return answer.includes(success)
  return !fail || !answer.includes(fail)
}
