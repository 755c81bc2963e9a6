import {startHttpSink, type HttpSink, type SinkReply, type SinkRequest} from './http-sink.js'

/** A user of a test service. */
export interface ServiceUser {
  id: string
  login: string
  first: string
  last: string
  mail: string
  password: string
}

/** A user service that can be made to fail. */
export interface UserService extends HttpSink {
  users: Map<string, ServiceUser>
  /** Status of every answer, for outages. */
  failing: number | undefined
}

type Handler = (request: SinkRequest, users: Map<string, ServiceUser>) => SinkReply

async function serve(users: readonly ServiceUser[], handler: Handler): Promise<UserService> {
  const known = new Map(users.map((user) => [user.id, {...user}]))
  const sink = await startHttpSink((request) =>
    service.failing === undefined ? handler(request, known) : json({error: 'outage'}, service.failing),
  )
  const service: UserService = Object.assign(sink, {users: known, failing: undefined})
  return service
}

const json = (body: unknown, status = 200): SinkReply => ({status, contentType: 'application/json', body})
const pathOf = ({path}: SinkRequest): string => decodeURIComponent(path.split('?')[0] ?? '')
const tokenOf = ({headers}: SinkRequest): string => (headers['authorization'] ?? '').replace(/^Bearer /, '')

/** The token endpoint of OAuth 2.0 (RFC 6749): passwords of users and of one client. */
function grant({form = {}}: SinkRequest, users: Map<string, ServiceUser>, client: string): SinkReply {
  const given = {access_token: 'service-token', token_type: 'Bearer', expires_in: 300}
  const {grant_type: type, username, password} = form
  if (type === 'client_credentials') {
    const right = form['client_secret'] === client || (form['client_assertion'] ?? '').split('.').length === 3
    return right ? json(given) : json({error: 'invalid_client'}, 401)
  }
  const right = [...users.values()].some((user) => user.login === username && user.password === password)
  if (right || (username === 'admin' && password === client)) return json(given)
  return json({error: 'invalid_grant'}, type === 'password' ? 401 : 400)
}

/** The admin interface of Keycloak, realm `corp`; the administrator is `admin` with the password `client`. */
export function startKeycloak(users: readonly ServiceUser[], client: string): Promise<UserService> {
  const shown = (user: ServiceUser) => ({
    id: user.id,
    username: user.login,
    firstName: user.first,
    lastName: user.last,
    email: user.mail,
  })
  return serve(users, (request, known) => {
    const path = pathOf(request)
    if (path === '/realms/corp/protocol/openid-connect/token') return grant(request, known, client)
    if (tokenOf(request) !== 'service-token') return json({error: 'HTTP 401 Unauthorized'}, 401)
    const id = /^\/admin\/realms\/corp\/users(?:\/([^/]+))?(\/groups)?$/.exec(path)
    if (!id) return json({error: 'no such realm'}, 404)
    if (id[2]) return json([{name: 'staff'}, {name: 'admins'}])
    const body = (request.json ?? {}) as Record<string, string> & {credentials?: {value: string}[]}
    const user = id[1] === undefined ? undefined : known.get(id[1])
    if (id[1] !== undefined && !user) return json({error: 'User not found'}, 404)
    switch (request.method) {
      case 'GET': {
        if (user) return json(shown(user))
        const {username = '', first = '0', max = '100', exact = 'false'} = request.query ?? {}
        const found = [...known.values()].filter(({login}) =>
          exact === 'true' ? login === username : login.includes(username),
        )
        return json(found.slice(Number(first), Number(first) + Number(max)).map(shown))
      }
      case 'POST': {
        if ([...known.values()].some(({login}) => login === body['username']))
          return json({errorMessage: 'exists'}, 409)
        const made = `kc-${known.size}`
        known.set(made, {
          ...empty,
          id: made,
          login: body['username'] ?? '',
          password: body.credentials?.[0]?.value ?? '',
        })
        return {status: 201, body: ''}
      }
      case 'PUT': {
        user!.last = body['lastName'] ?? user!.last
        return {status: 204, body: ''}
      }
      default: {
        known.delete(user!.id)
        return {status: 204, body: ''}
      }
    }
  })
}

const empty: ServiceUser = {id: '', login: '', first: '', last: '', mail: '', password: ''}

/** Microsoft Graph and its token endpoint, tenant `corp`; two users a page. */
export function startGraph(users: readonly ServiceUser[], client: string): Promise<UserService> {
  const shown = (user: ServiceUser) => ({
    id: user.id,
    userPrincipalName: user.login,
    givenName: user.first,
    surname: user.last,
    mail: user.mail,
    businessPhones: ['+1'],
  })
  return serve(users, (request, known) => {
    const path = pathOf(request)
    if (path === '/corp/oauth2/v2.0/token') return grant(request, known, client)
    if (tokenOf(request) !== 'service-token') return json({error: {code: 'InvalidAuthenticationToken'}}, 401)
    const id = /^\/v1\.0\/users(?:\/([^/]+))?(\/memberOf)?$/.exec(path)
    if (!id) return json({error: {code: 'Request_ResourceNotFound'}}, 404)
    if (id[2]) return json({value: [{displayName: 'staff'}]})
    const user = [...known.values()].find((one) => one.id === id[1] || one.login === id[1])
    if (id[1] !== undefined && !user) return json({error: {code: 'Request_ResourceNotFound'}}, 404)
    const body = (request.json ?? {}) as Record<string, string> & {passwordProfile?: {password: string}}
    switch (request.method) {
      case 'GET': {
        if (user) return json(shown(user))
        const {$filter = '', $skip = '0'} = request.query ?? {}
        const start = /startswith\(userPrincipalName,'([^']*)'\)/.exec($filter)?.[1] ?? ''
        const found = [...known.values()].filter(({login}) => login.startsWith(start))
        const at = Number($skip)
        const next = at + 2 < found.length ? `http://${request.headers['host']}/v1.0/users?$skip=${at + 2}` : undefined
        return json({value: found.slice(at, at + 2).map(shown), ...(next && {'@odata.nextLink': next})})
      }
      case 'POST': {
        if (body['accountEnabled'] === undefined || !body['displayName'] || !body.passwordProfile) return json({}, 400)
        const made = `ms-${known.size}`
        known.set(made, {
          ...empty,
          id: made,
          login: body['userPrincipalName'] ?? '',
          password: body.passwordProfile.password,
        })
        return json({id: made}, 201)
      }
      case 'PATCH': {
        user!.last = body['surname'] ?? user!.last
        return {status: 204, body: ''}
      }
      default: {
        known.delete(user!.id)
        return {status: 204, body: ''}
      }
    }
  })
}

/** A SCIM service (RFC 7644) with its token endpoint; the client is `admin` with the password `client`. */
export function startScim(users: readonly ServiceUser[], client: string): Promise<UserService> {
  const shown = (user: ServiceUser) => ({
    userName: user.login,
    name: {givenName: user.first, familyName: user.last},
    emails: [{value: user.mail, primary: true}],
  })
  return serve(users, (request, known) => {
    const path = pathOf(request)
    if (path === '/oauth/token') {
      const basic = Buffer.from(`admin:${client}`).toString('base64')
      return request.headers['authorization'] === `Basic ${basic}`
        ? json({access_token: 'service-token', expires_in: 300})
        : json({error: 'invalid_client'}, 401)
    }
    if (tokenOf(request) !== 'service-token') return json({status: '401'}, 401)
    const id = /^\/Users(?:\/(.+))?$/.exec(path)?.[1]
    if (id !== undefined) {
      const user = [...known.values()].find(({login}) => login === id)
      return user ? json(shown(user)) : json({status: '404'}, 404)
    }
    const {startIndex = '1', count = '100'} = request.query ?? {}
    const all = [...known.values()]
    const from = Number(startIndex) - 1
    // A service may give less than it is asked for.
    const resources = all.slice(from, from + Math.min(2, Number(count)))
    return json({
      totalResults: all.length,
      startIndex: from + 1,
      itemsPerPage: resources.length,
      Resources: resources.map(shown),
    })
  })
}

/** A service as sites build them: `/info?id=` tells about a user, an unknown one by an error body with status 200. */
export function startInformation(users: readonly ServiceUser[]): Promise<UserService> {
  return serve(users, (request, known) => {
    const id = request.query?.['id'] ?? (request.json as {id?: string} | undefined)?.id ?? ''
    const user = known.get(id)
    if (!user) return json({success: false, message: 'no such user'})
    return json({success: true, data: {login: user.login, names: [user.first, user.last], contact: {mail: user.mail}}})
  })
}
