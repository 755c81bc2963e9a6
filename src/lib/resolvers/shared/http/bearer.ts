import {PiError} from '../../../errors.js'
import {httpCall} from '../../../net/http-client.js'
import {isMap, textOf, type Json, type Tags} from './mapping.js'
import type {ServiceOptions} from './service.js'

/** What a token endpoint of OAuth 2.0 says (RFC 6749 §5): a token, or that the grant is no good. */
export type Grant = {token: string; seconds: number} | 'refused'

type Transport = Pick<ServiceOptions, 'ca' | 'timeoutMs' | 'verifyTls'>

/**
 * Asks a token endpoint.
 * @throws PiError UNAVAILABLE without an answer, and for errors other than those about user or password
 */
export async function requestToken(url: string, form: Tags, {ca, timeoutMs, verifyTls}: Transport): Promise<Grant> {
  const {status, text} = await httpCall({
    url,
    method: 'POST',
    body: {form},
    timeoutMs,
    verifyTls: verifyTls ?? true,
    ca,
  })
  let reply: Json = null
  try {
    reply = JSON.parse(text) as Json
  } catch {
    // said below
  }
  const token = isMap(reply) ? textOf(reply['access_token']) : ''
  if (status === 200 && token !== '') return {token, seconds: Number(isMap(reply) ? reply['expires_in'] : 0) || 60}
  const error = isMap(reply) ? textOf(reply['error']) : ''
  if (error === 'invalid_grant') return 'refused'
  throw new PiError(
    'UNAVAILABLE',
    `The token endpoint ${new URL(url).origin} answers ${status} ${error}`.trimEnd() + '.',
    {
      hints: ['Look at the client and the account of the resolver'],
    },
  )
}

/** Keeps the token of a service account until shortly before its end. */
export class BearerToken {
  readonly #request: () => Promise<Grant>
  #kept: {header: Tags; until: number} | undefined

  constructor(request: () => Promise<Grant>) {
    this.#request = request
  }

  /** The header of requests. @throws PiError UNAVAILABLE */
  async header(renew: boolean): Promise<Tags> {
    if (!renew && this.#kept && this.#kept.until > Date.now()) return this.#kept.header
    const grant = await this.#request()
    if (grant === 'refused') {
      throw new PiError('UNAVAILABLE', 'The token endpoint refuses the account of the resolver.', {
        hints: ['Look at its login and password'],
      })
    }
    const header = {authorization: `Bearer ${grant.token}`}
    this.#kept = {header, until: Date.now() + Math.max(0, grant.seconds - 10) * 1000}
    return header
  }
}
