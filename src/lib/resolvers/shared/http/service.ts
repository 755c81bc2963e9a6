import {PiError} from '../../../errors.js'
import {httpCall, type HttpCall} from '../../../net/http-client.js'
import {fillJson, fillText, isMap, textOf, type Json, type JsonMap, type Tags} from './mapping.js'

/** A request to a user service as settings describe one (spec/10 §7). */
export interface RequestPattern {
  method: HttpCall['method']
  /** Absolute, or appended to the base address. */
  endpoint: string
  headers?: JsonMap
  /** A JSON object, or `a=b&c=d` for forms. */
  requestMapping?: Json
  responseMapping?: JsonMap
  /** A reply that says in its body that something is wrong. */
  errorResponse?: JsonMap | undefined
}

/** What a service answered; `missing` when it knows no such thing (404, or the configured error body). */
export type Answer = {state: 'found'; reply: Json} | {state: 'missing'} | {state: 'refused'; status: number}

export interface ServiceOptions {
  baseUrl: string
  headers?: JsonMap
  timeoutMs: number
  verifyTls?: boolean
  ca?: string | undefined
  /** Headers that prove who asks; asked before each request, `renew` after a 401. */
  authorization?: (renew: boolean) => Promise<Tags>
}

/** Statuses that say "not now" (RFC 9110 §15.5.9, RFC 6585 §4). */
const notNow = [408, 429]

/** Listings of large services are long. */
const answerLimit = 64 * 1024 * 1024

/** Somebody's HTTP service with users. */
export class UserHttpService {
  readonly #options: ServiceOptions

  constructor(options: ServiceOptions) {
    this.#options = options
  }

  /** @throws PiError UNAVAILABLE without an answer, for status 5xx, and for a body that is no JSON */
  async ask(pattern: RequestPattern, tags: Tags, query: Tags = {}): Promise<Answer> {
    let answer = await this.#send(pattern, tags, query, false)
    if (answer.status === 401 && this.#options.authorization) answer = await this.#send(pattern, tags, query, true)
    const {status, text} = answer
    if (status === 404) return {state: 'missing'}
    if (status >= 500 || notNow.includes(status))
      throw new PiError('UNAVAILABLE', `The user service fails with status ${status}.`)
    if (status >= 400) return {state: 'refused', status}
    const reply = parse(text)
    const {errorResponse} = pattern
    const isError =
      errorResponse !== undefined &&
      isMap(reply) &&
      Object.keys(errorResponse).length > 0 &&
      Object.entries(errorResponse).every(([key, value]) => JSON.stringify(reply[key]) === JSON.stringify(value))
    return isError ? {state: 'missing'} : {state: 'found', reply}
  }

  async #send(
    pattern: RequestPattern,
    tags: Tags,
    query: Tags,
    renew: boolean,
  ): Promise<{status: number; text: string}> {
    const {baseUrl, ca, headers, timeoutMs, verifyTls = true, authorization} = this.#options
    const endpoint = fillText(pattern.endpoint, tags, encodeURIComponent)
    const all: Record<string, string> = {}
    for (const [name, value] of Object.entries(pattern.headers ?? headers ?? {}))
      all[name.toLowerCase()] = textOf(value)
    for (const [name, value] of Object.entries((await authorization?.(renew)) ?? {})) all[name.toLowerCase()] = value
    const isForm = all['content-type']?.includes('x-www-form-urlencoded') ?? false
    const filled = pattern.requestMapping === undefined ? undefined : fillJson(pattern.requestMapping, tags)
    const inQuery = pattern.method === 'GET' || pattern.method === 'DELETE'
    return httpCall({
      url: /^https?:\/\//i.test(endpoint) ? endpoint : `${baseUrl.replace(/\/+$/, '')}${endpoint}`,
      method: pattern.method,
      headers: all,
      query: {...(inQuery && filled !== undefined && pairsOf(filled)), ...query},
      ...(!inQuery && filled !== undefined && {body: isForm ? {form: pairsOf(filled)} : {json: filled}}),
      timeoutMs,
      verifyTls,
      ca,
      answerLimit,
    })
  }
}

/** What settings call a request. @throws PiError CONFIG */
export function readPattern(config: JsonMap, key: string): RequestPattern | undefined {
  if (Object.keys(config).length === 0) return undefined
  const method = textOf(config['method'] ?? 'get').toUpperCase()
  if (!isMethod(method)) throw new PiError('CONFIG', `The method ${method} of ${key} is not known.`)
  const {headers, requestMapping, responseMapping, errorResponse, hasSpecialErrorHandler} = config
  const special = hasSpecialErrorHandler === true || /^(?:1|true)$/i.test(textOf(hasSpecialErrorHandler))
  return {
    method,
    endpoint: textOf(config['endpoint']),
    ...(headers !== undefined && {headers: mapOf(headers, key)}),
    ...(requestMapping !== undefined && requestMapping !== '' && {requestMapping: looseJson(requestMapping)}),
    ...(responseMapping !== undefined && responseMapping !== '' && {responseMapping: mapOf(responseMapping, key)}),
    errorResponse: special && errorResponse !== undefined ? mapOf(errorResponse, key) : undefined,
  }
}

function isMethod(text: string): text is HttpCall['method'] {
  return ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].includes(text)
}

/** Maps inside a JSON setting may be texts of JSON themselves. */
function mapOf(value: Json, key: string): JsonMap {
  const map = looseJson(value)
  if (!isMap(map)) throw new PiError('CONFIG', `A mapping of ${key} is no JSON object.`)
  return map
}

function looseJson(value: Json): Json {
  if (typeof value !== 'string' || !value.trim().startsWith('{')) return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}

function parse(text: string): Json {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new PiError('UNAVAILABLE', 'The user service answers with something that is no JSON.', {cause: error})
  }
}

/** Pairs of a query or a form; booleans are lower case. */
function pairsOf(value: Json): Record<string, string> {
  if (typeof value === 'string') return Object.fromEntries(new URLSearchParams(value))
  if (!isMap(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item)]))
}
