import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {listen, type Sink} from './sink.js'

/** A request that a sink received. */
export interface SinkRequest {
  kind: 'http'
  method: string
  path: string
  query?: Record<string, string>
  form?: Record<string, string>
  json?: unknown
  headers: Record<string, string>
  body: string
}

export interface SinkReply {
  status?: number
  contentType?: string
  /** Sent as it is, or as JSON when it is no text. */
  body: unknown
}

export interface HttpSink extends Sink {
  readonly url: string
  /** Received since the start or the last {@link HttpSink.clear}, in order. */
  readonly requests: SinkRequest[]
  clear(): void
}

/** Starts an HTTP server on 127.0.0.1 that keeps what it is sent and answers what `reply` says. */
export async function startHttpSink(
  reply: (request: SinkRequest) => SinkReply | Promise<SinkReply>,
  {port = 0, onRequest}: {port?: number; onRequest?: (request: SinkRequest) => void} = {},
): Promise<HttpSink> {
  const requests: SinkRequest[] = []
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming)
    requests.push(request)
    onRequest?.(request)
    const {status = 200, contentType = 'text/plain', body} = await reply(request)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, {'Content-Type': contentType, Connection: 'close'})
    response.end(text)
  }
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      response.statusCode = 500
      response.end(String(error))
    })
  })
  const sink = await listen(server, port)
  return {
    ...sink,
    url: `http://127.0.0.1:${sink.port}`,
    requests,
    clear: () => requests.splice(0),
    async stop() {
      server.closeAllConnections()
      await sink.stop()
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<SinkRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  const url = new URL(incoming.url ?? '/', 'http://sink')
  const type = incoming.headers['content-type'] ?? ''
  const query = Object.fromEntries(url.searchParams)
  return {
    kind: 'http',
    method: incoming.method ?? '',
    path: (incoming.url ?? '/').split('?')[0] ?? '/',
    ...(Object.keys(query).length > 0 && {query}),
    ...(type.startsWith('application/x-www-form-urlencoded') && {form: Object.fromEntries(new URLSearchParams(body))}),
    ...(type.startsWith('application/json') && body !== '' && {json: JSON.parse(body) as unknown}),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body,
  }
}
