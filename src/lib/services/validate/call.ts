import type {Configuration} from '../configuration.js'
import {EnginePolicies} from '../authenticate/engine-policies.js'
import {isNobody, nobody, type LoginUser} from '../authenticate/login-user.js'
import type {AuthPolicies} from '../authenticate/policies.js'
import type {AuthServices, LoginRequest} from '../authenticate/session.js'
import type {AuditTrail} from './audit-trail.js'
import type {ApiRequest} from './contract.js'
import {tokenFacts} from './token-facts.js'

/** Where this server stands in the installation. */
export interface Node {
  /** `PI_NODE`, else `PI_AUDIT_SERVERNAME`, else `localnode`. */
  name: string
  /** `PI_AUDIT_SERVERNAME`. */
  auditName: string | undefined
}

/** Names under which tokens and policies hand values around; clients must not set them. */
const internalNames = new Set([
  'g',
  'clientip',
  'user',
  'session',
  'data',
  'initTime',
  'radius_result',
  'radius_state',
  'push_triggered',
  'valid_token_num',
])

/** One request while it is being answered. */
export class Call {
  readonly request: ApiRequest
  readonly config: Configuration
  readonly services: AuthServices
  readonly audit: AuditTrail
  readonly policies: AuthPolicies
  readonly client: string | undefined
  /** Request parameters as policies have left them. */
  readonly parameters: Map<string, unknown>
  user: LoginUser = nobody
  /** Serial of the token that the request is about, for conditions of policies. */
  serial: string | undefined
  countsChallenges = false
  /** Seconds to wait for a push confirmation. */
  pushWait = 0

  constructor(facts: {
    request: ApiRequest
    config: Configuration
    services: AuthServices
    audit: AuditTrail
    client: string | undefined
    node: Node
  }) {
    const {request, config, services, audit, client, node} = facts
    this.request = request
    this.config = config
    this.services = services
    this.audit = audit
    this.client = client
    this.parameters = new Map(request.parameters)
    const serial = this.text('serial')
    this.serial = serial === undefined || serial === '' ? undefined : serial
    this.policies = new EnginePolicies(config.policies, {
      node: node.name,
      client: client || undefined,
      userAgent: /^[a-zA-Z0-9_-]+/.exec(request.headers['user-agent'] ?? '')?.[0] ?? '',
      now: new Date(request.now),
      context: {headers: request.headers, environment: environmentOf(request), requestData: dataOf(request)},
      userInfo: async (user) => (isNobody({...user, usedLogin: ''}) ? {} : this.#userInfo(user)),
      token: async () => tokenFacts(services.db, this.serial),
    })
  }

  /** A parameter that is a text. */
  text(name: string): string | undefined {
    const value = this.parameters.get(name)
    return typeof value === 'string' ? value : undefined
  }

  /** The request as checks see it: its non-empty parameters are options of tokens. */
  loginRequest(): LoginRequest {
    const options = new Map<string, unknown>()
    for (const [name, value] of this.parameters) if (value && !internalNames.has(name)) options.set(name, value)
    return {
      config: this.config,
      policies: this.policies,
      now: this.request.now,
      client: this.client,
      userAgent: this.request.headers['user-agent'] ?? '',
      options,
      dryRun: this.request.dryRun ?? false,
      countsChallenges: this.countsChallenges,
      note: (names) => this.audit.note(names),
    }
  }

  async #userInfo(user: {userId: string; resolver: string; realm: string}) {
    if (user.userId === '') {
      const {userError} = await import('../authenticate/errors.js')
      throw userError()
    }
    return this.services.users.userInfo(user)
  }
}

/** The request in the names of WSGI. */
function environmentOf({method, path, query, headers, remoteAddress}: ApiRequest): Record<string, string> {
  const [host = 'localhost', port = '80'] = (headers['host'] ?? '').split(':')
  const environment: Record<string, string> = {
    REQUEST_METHOD: method,
    SCRIPT_NAME: '',
    PATH_INFO: path,
    QUERY_STRING: query,
    REMOTE_ADDR: remoteAddress,
    SERVER_NAME: host || 'localhost',
    SERVER_PORT: port,
    SERVER_PROTOCOL: 'HTTP/1.1',
    CONTENT_TYPE: headers['content-type'] ?? '',
    CONTENT_LENGTH: headers['content-length'] ?? '',
    'wsgi.url_scheme': 'http',
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'content-type' || name === 'content-length') continue
    environment[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = value
  }
  return environment
}

function dataOf({parameters}: ApiRequest): Record<string, string | number | boolean | null> {
  const data: Record<string, string | number | boolean | null> = {}
  for (const [name, value] of parameters) {
    if (name === 'pass' || name === 'password') continue
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) data[name] = value as string
  }
  return data
}
