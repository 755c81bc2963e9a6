import type {KeyObject} from 'node:crypto'
import type {JwtSecret, TrustedIssuer} from '../../crypto/jwt.js'
import type {JsonValue} from '../../crypto/python-json.js'
import {signResponse} from '../../crypto/response-signature.js'
import type {AuditSink} from '../../audit/contract.js'
import type {ConfigurationCache} from '../configuration.js'
import type {AuthenticateService} from '../authenticate/service.js'
import type {AuthServices} from '../authenticate/session.js'
import {AuditTrail} from './audit-trail.js'
import {findUser} from './before.js'
import {Call, type Node} from './call.js'
import {clientAddress} from './client-address.js'
import type {ClientTable} from './client-table.js'
import type {ApiRequest, ApiResponse} from './contract.js'
import {failureDocument} from './envelope.js'
import {failureOf} from './failures.js'

/** What endpoints have at hand. */
export interface ApiServices {
  auth: AuthServices
  authenticate: AuthenticateService
  clients: ClientTable
  /** `SECRET_KEY`, for JSON web tokens. */
  secretKey: JwtSecret | undefined
  /** `PI_TRUSTED_JWT`: who else may issue them. */
  issuers: readonly TrustedIssuer[]
  /** Whether a local administrator has this password. */
  isAdmin: (name: string, password: string) => Promise<boolean>
  /** `SUPERUSER_REALM`: realms, lower case, whose users are administrators. */
  superuserRealms: readonly string[]
}

/** Answers one kind of request. @throws RequestError, PolicyError, PiError */
export type Endpoint = (call: Call, services: ApiServices) => Promise<ApiResponse>

export interface ApiOptions extends ApiServices {
  configuration: ConfigurationCache
  audit: AuditSink
  node: Node
  /** Signs answers; absent: they stay unsigned. */
  responseKey: KeyObject | undefined
  /** Told what went wrong inside; answers do not tell it. */
  warn: (message: string) => void
}

/**
 * What all endpoints share (spec/08 §3, §4): user, client and policies of a request, failures in the words of the API,
 * one audit row, and the signature of the answer.
 */
export class Api {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  /** Never throws: whatever goes wrong becomes an answer. */
  async handle(endpoint: Endpoint, request: ApiRequest): Promise<ApiResponse> {
    const options = this.#options
    let call: Call | undefined
    let response: ApiResponse
    try {
      call = await this.#begin(request)
      response = await endpoint(call, options)
    } catch (error) {
      response = this.#fail(error, request, call)
    }
    const [signed] = await Promise.all([
      this.#sign(response, request),
      call && !request.dryRun && options.audit.write(call.audit.entry),
    ])
    return signed
  }

  /** An answer to a request that never became a call: a body that cannot be read. */
  async refuse(error: unknown, request: ApiRequest): Promise<ApiResponse> {
    return this.#sign(this.#fail(error, request, undefined), request)
  }

  async #begin(request: ApiRequest): Promise<Call> {
    const {configuration, auth, node} = this.#options
    const config = await configuration.current()
    const {headers} = request
    const named = request.parameters.get('client')
    const client = clientAddress(config.setting('OverrideAuthorizationClient'), {
      remoteAddress: request.remoteAddress,
      forwardedFor: headers['x-forwarded-for'],
      clientParameter: typeof named === 'string' ? named : undefined,
    })
    const agent = /^(?<agent>[a-zA-Z0-9_-]+)(\/(?<version>\d+[\d.]*))?(\s.*)?$/.exec(
      headers['user-agent'] ?? '',
    )?.groups
    const audit = new AuditTrail({
      startedAt: request.now,
      action: `${request.method} ${request.route}`,
      server: node.auditName ?? (auth.behaviour.tellsMore ? node.name : (headers['host'] ?? node.name)),
      client,
      userAgent: agent?.['agent'] ?? null,
      userAgentVersion: agent?.['version'] ?? null,
    })
    const call = new Call({request, config, services: auth, audit, client, node})
    await findUser(call)
    return call
  }

  #fail(error: unknown, {now}: ApiRequest, call: Call | undefined): ApiResponse {
    const {auth, warn} = this.#options
    const failure = failureOf(error)
    if (failure.log) warn(failure.log)
    if (failure.appends) call?.audit.appendInfo(failure.message)
    else call?.audit.set({info: failure.message})
    return {status: failure.status, document: failureDocument(failure, {behaviour: auth.behaviour, now})}
  }

  async #sign(response: ApiResponse, request: ApiRequest): Promise<ApiResponse> {
    const {responseKey} = this.#options
    if (!('document' in response) || !responseKey) return response
    const nonce = request.parameters.get('nonce')
    const body = nonce === undefined ? response.document : {...response.document, nonce}
    return {...response, document: await signResponse(responseKey, body as Record<string, JsonValue>)}
  }
}
