import type {Dispatcher} from 'undici'
import {PiError, reasonOf} from '../errors.js'

/** A request to somebody else's HTTP service. */
export interface HttpCall {
  url: string
  method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT'
  headers?: Readonly<Record<string, string>>
  /** Added to the query of the address. */
  query?: Readonly<Record<string, string>>
  body?: {form: Readonly<Record<string, string>>} | {json: unknown} | {text: string; contentType: string}
  basicAuth?: {user: string; password: string}
  /** Milliseconds for the whole exchange. */
  timeoutMs: number
  /** False: certificates are not checked. */
  verifyTls?: boolean
  /** Certificates of authorities (PEM), instead of those of Node. */
  ca?: string | undefined
  /** Longer answers are cut; absent: 1 MiB. */
  answerLimit?: number
  /** Address of a proxy. */
  proxy?: string | undefined
}

export interface HttpAnswer {
  status: number
  text: string
}

/** Nobody needs more to tell success. */
const usualLimit = 1024 * 1024

/** @throws PiError UNAVAILABLE when there is no answer, CONFIG for an address that is none */
export async function httpCall(call: HttpCall): Promise<HttpAnswer> {
  const {request} = await import('undici')
  const {method, timeoutMs} = call
  const {url, basicAuth} = target(call)
  const {body, contentType} = bodyOf(call)
  const headers: Record<string, string> = {...(contentType && {'content-type': contentType}), ...call.headers}
  if (basicAuth) {
    headers['authorization'] =
      `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`, 'utf8').toString('base64')}`
  }
  const dispatcher = await dispatcherOf(call)
  try {
    const response = await request(url, {
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(timeoutMs),
      ...(dispatcher && {dispatcher}),
    })
    return {status: response.statusCode, text: await textOf(response.body, call.answerLimit ?? usualLimit)}
  } catch (error) {
    throw new PiError('UNAVAILABLE', `${url.origin} does not answer: ${reasonOf(error)}`, {cause: error})
  } finally {
    await dispatcher?.destroy()
  }
}

/** User and password in the address serve as basic authentication. */
function target({url: text, query = {}, basicAuth}: HttpCall): {url: URL; basicAuth: HttpCall['basicAuth']} {
  let url: URL
  try {
    url = new URL(text)
  } catch (error) {
    throw new PiError('CONFIG', `'${text}' is not an address.`, {cause: error})
  }
  if (!['http:', 'https:'].includes(url.protocol)) throw new PiError('CONFIG', `'${text}' is not a web address.`)
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value)
  const given = url.username !== '' && {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
  url.username = ''
  url.password = ''
  return {url, basicAuth: basicAuth ?? (given || undefined)}
}

function bodyOf({body}: HttpCall): {body: string | undefined; contentType: string | undefined} {
  if (!body) return {body: undefined, contentType: undefined}
  if ('form' in body) {
    return {body: new URLSearchParams(body.form).toString(), contentType: 'application/x-www-form-urlencoded'}
  }
  if ('json' in body) return {body: JSON.stringify(body.json), contentType: 'application/json'}
  return {body: body.text, contentType: body.contentType}
}

async function dispatcherOf({ca, proxy, verifyTls = true}: HttpCall): Promise<Dispatcher | undefined> {
  if (!proxy && verifyTls && ca === undefined) return undefined
  const {Agent, ProxyAgent} = await import('undici')
  const tls = {rejectUnauthorized: verifyTls, ...(ca !== undefined && {ca})}
  return proxy ? new ProxyAgent({uri: proxy, requestTls: tls}) : new Agent({connect: tls})
}

async function textOf(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8')
}
