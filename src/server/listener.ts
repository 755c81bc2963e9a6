import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify'
import {reasonOf} from '../lib/errors.js'
import type {Api} from '../lib/services/validate/api.js'
import type {ApiRequest, ApiResponse} from '../lib/services/validate/contract.js'
import {mergeParameters} from './parameters.js'
import {auditRoute, routes, type Route} from './routes.js'

export interface ListenerOptions {
  api: Api
  /** Answers `/healthz`. */
  health: (path: string) => Promise<ApiResponse>
  /** PEM texts; absent: plain HTTP. */
  tls?: {cert: Buffer; key: Buffer} | undefined
  /** Milliseconds since 1970, UTC. */
  clock?: () => number
  warn: (message: string) => void
}

/** Bytes of a request body at most. */
const bodyLimit = 1024 * 1024
/** How long a client may take for its request, in milliseconds. */
const requestTimeout = 30_000
/** Longer than the idle time of usual proxies, so that they close first. */
const keepAliveTimeout = 72_000

/** The HTTP side of `validate serve`: it reads requests and writes answers; what they mean is decided by the API. */
export function createListener({api, health, tls, clock = Date.now, warn}: ListenerOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit,
    requestTimeout,
    keepAliveTimeout,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: {ignoreTrailingSlash: false},
    ...(tls && {https: tls}),
  }) as unknown as FastifyInstance
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', {parseAs: 'buffer'}, (_request, body, done) => done(null, body))

  for (const route of routes) serve(server, route, {api, clock})
  server.get('/healthz', async (_request, reply) => send(reply, await health('')))
  server.get('/healthz/:probe', async (request, reply) => {
    await send(reply, await health((request.params as {probe: string}).probe))
  })
  server.setNotFoundHandler((request, reply) => notFound(request, reply))
  server.setErrorHandler(async (error, _request, reply) => {
    const status = (error as {statusCode?: number}).statusCode ?? 500
    if (status >= 500) warn(`A request failed: ${reasonOf(error)}`)
    await reply
      .status(status)
      .type('text/plain; charset=utf-8')
      .send(status >= 500 ? 'Internal Server Error' : 'Bad Request')
  })
  return server
}

function serve(server: FastifyInstance, route: Route, {api, clock}: {api: Api; clock: () => number}): void {
  const name = auditRoute(route.url)
  server.route({
    method: [...route.methods],
    url: route.url,
    async handler(request, reply) {
      const base: ApiRequest = {...describe(request, clock()), route: name, parameters: new Map()}
      let parameters: Map<string, unknown>
      try {
        parameters = await mergeParameters({
          query: base.query,
          contentType: request.headers['content-type'],
          body: request.body as Buffer | undefined,
          path: request.params as Record<string, string>,
          userAgent: request.headers['user-agent'],
        })
      } catch (error) {
        return send(reply, await api.refuse(error, base))
      }
      return send(reply, await api.handle(route.endpoint, {...base, parameters}))
    },
  })
}

function describe(request: FastifyRequest, now: number): Omit<ApiRequest, 'parameters' | 'route'> {
  const [path = '', query = ''] = splitOnce(request.raw.url ?? '', '?')
  const headers: Record<string, string> = {}
  for (const [key, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[key] = Array.isArray(value) ? value.join(', ') : value
  }
  return {
    method: request.method as 'GET' | 'POST',
    path,
    query,
    headers,
    remoteAddress: request.socket.remoteAddress ?? '',
    now,
  }
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)]
}

async function send(reply: FastifyReply, response: ApiResponse): Promise<FastifyReply> {
  void reply.status(response.status).header('Cache-Control', 'no-cache')
  if ('text' in response) return reply.type(response.contentType).send(response.text)
  // A serializer of Fastify would add a character set, which clients of the original have never seen.
  return reply.header('Content-Type', 'application/json').send(Buffer.from(JSON.stringify(response.document), 'utf8'))
}

/** Known addresses refuse other methods, unknown ones do not exist. */
async function notFound(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const [path] = splitOnce(request.raw.url ?? '', '?')
  const route = routes.find(({url}) => new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`).test(path))
  if (!route) {
    await reply.status(404).type('text/plain; charset=utf-8').send('Not Found')
    return
  }
  void reply.header('Allow', [...route.methods, 'OPTIONS'].join(', '))
  if (request.method === 'OPTIONS') await reply.status(200).send('')
  else await reply.status(405).type('text/plain; charset=utf-8').send('Method Not Allowed')
}
