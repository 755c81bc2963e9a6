import {connect, createServer, type Socket} from 'node:net'

/** A TCP relay in front of a directory that counts what clients ask. */
export interface LdapProxy {
  readonly port: number
  /** Messages of clients so far. */
  readonly messages: number
  close(): Promise<void>
}

/**
 * @param onMessage called with the number of each message of a client, before it is passed on; it may stop the directory
 */
export async function startLdapProxy(
  target: number,
  onMessage: (count: number) => void = () => {},
): Promise<LdapProxy> {
  let messages = 0
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let rest: Buffer = Buffer.alloc(0)
    client.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data])
      for (let end = messageEnd(rest); end > 0 && end <= rest.length; end = messageEnd(rest)) {
        rest = rest.subarray(end)
        onMessage((messages += 1))
      }
      upstream.write(data)
    })
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as {port: number}).port,
    get messages() {
      return messages
    },
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Where the first LDAP message of some bytes ends (X.690 §8.1.3, definite lengths); 0 when that cannot be said yet. */
function messageEnd(bytes: Buffer): number {
  const first = bytes[1]
  if (first === undefined) return 0
  if (first < 0x80) return 2 + first
  const size = first & 0x7f
  return bytes.length < 2 + size ? 0 : 2 + size + bytes.readUIntBE(2, size)
}
