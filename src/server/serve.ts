import {readFile} from 'node:fs/promises'
import type {AddressInfo} from 'node:net'
import type {FastifyInstance} from 'fastify'
import type {App} from '../app.js'
import {PiError, reasonOf} from '../lib/errors.js'
import {createListener} from './listener.js'

export interface ServeOptions {
  host: string
  /** 0: any free one. */
  port: number
  /** PEM files of certificate chain and key; both or none. */
  tlsCert?: string | undefined
  tlsKey?: string | undefined
  warn: (message: string) => void
}

export interface Serving {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string
  /** Takes no more connections, answers what has begun, and gives everything back. */
  drain(): Promise<void>
}

/** Starts one listener. @throws PiError CONFIG (keys, TLS files, address), UNAVAILABLE (database) */
export async function serve(app: App, {host, port, tlsCert, tlsKey, warn}: ServeOptions): Promise<Serving> {
  const tls = await readTls(tlsCert, tlsKey)
  const validation = await app.validation({warn})
  const server = createListener({api: validation.api, health: validation.health, tls, warn})
  try {
    await server.listen({host, port})
  } catch (error) {
    throw new PiError('CONFIG', `Cannot listen on ${host}, port ${port}: ${reasonOf(error)}`, {cause: error})
  }
  const bound = (server.server.address() as AddressInfo).port
  const shown = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${bound}`,
    async drain() {
      await closeAll(server)
      await validation.close()
    },
  }
}

/** How often connections are looked at while the last requests are being answered, in milliseconds. */
const idleCheckMs = 50

/** Clients keep their connections open for further requests: each is closed as soon as it has its answer. */
async function closeAll(server: FastifyInstance): Promise<void> {
  const timer = setInterval(() => server.server.closeIdleConnections(), idleCheckMs)
  try {
    await server.close()
  } finally {
    clearInterval(timer)
  }
}

async function readTls(
  cert: string | undefined,
  key: string | undefined,
): Promise<{cert: Buffer; key: Buffer} | undefined> {
  if (cert === undefined || key === undefined) return undefined
  try {
    return {cert: await readFile(cert), key: await readFile(key)}
  } catch (error) {
    throw new PiError('CONFIG', `The TLS files cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}
