import type {Server} from 'node:net'

/** Something that listens on a private port and keeps what comes in. */
export interface Sink {
  readonly port: number
  stop(): Promise<void>
}

/** Lets a server listen on 127.0.0.1; port 0 takes a free one. */
export async function listen(server: Server, port = 0): Promise<Sink> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP port')
  return {
    port: address.port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
