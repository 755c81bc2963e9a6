import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto'
import {createSocket} from 'node:dgram'
import {PiError, reasonOf} from '../errors.js'

/** A RADIUS server as it is configured (spec/11 §G2). */
export interface RadiusTarget {
  server: string
  port: number
  secret: string
}

/** What a RADIUS server said: some do not answer a status request, and are no worse for it. */
export type RadiusState = 'answers' | 'wrong secret' | 'silent'

const [statusServer, accessAccept, messageAuthenticator] = [12, 2, 80]

/**
 * Asks a RADIUS server whether it is there (Status-Server, RFC 5997 §3); nobody is logged in.
 * @throws PiError UNAVAILABLE (no such host, nobody listens)
 */
export async function radiusStatus(target: RadiusTarget, timeoutMs: number): Promise<RadiusState> {
  const socket = createSocket(target.server.includes(':') ? 'udp6' : 'udp4')
  const authenticator = randomBytes(16)
  const request = statusRequest(authenticator, target.secret)
  try {
    return await new Promise<RadiusState>((resolve, reject) => {
      const timer = setTimeout(() => resolve('silent'), timeoutMs)
      socket.on('error', (error) => {
        clearTimeout(timer)
        reject(error)
      })
      socket.on('message', (reply) => {
        clearTimeout(timer)
        resolve(isGenuine(reply, authenticator, target.secret) ? 'answers' : 'wrong secret')
      })
      // Connected, so that a refusal by the host is told.
      socket.connect(target.port, target.server, () => {
        socket.send(request, (error) => {
          if (error) socket.emit('error', error)
        })
      })
    })
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const why = code === 'ECONNREFUSED' ? 'nobody listens there' : (code ?? reasonOf(error))
    throw new PiError('UNAVAILABLE', `The RADIUS server ${target.server}:${target.port} does not answer: ${why}.`, {
      cause: error,
    })
  } finally {
    socket.close()
  }
}

/** A request with nothing but a Message-Authenticator, which is mandatory in it (RFC 5997 §4.1, RFC 3579 §3.2). */
function statusRequest(authenticator: Buffer, secret: string): Buffer {
  const packet = Buffer.alloc(38)
  packet.writeUInt8(statusServer, 0)
  packet.writeUInt8(randomBytes(1)[0]!, 1)
  packet.writeUInt16BE(packet.length, 2)
  authenticator.copy(packet, 4)
  packet.writeUInt8(messageAuthenticator, 20)
  packet.writeUInt8(18, 21)
  createHmac('md5', secret).update(packet).digest().copy(packet, 22)
  return packet
}

/** The response authenticator is over code, id, length, the request's authenticator, attributes and secret (RFC 2865 §3). */
function isGenuine(reply: Buffer, authenticator: Buffer, secret: string): boolean {
  if (reply.length < 20 || reply.readUInt16BE(2) > reply.length) return false
  const body = reply.subarray(0, reply.readUInt16BE(2))
  const expected = createHash('md5')
    .update(body.subarray(0, 4))
    .update(authenticator)
    .update(body.subarray(20))
    .update(secret, 'utf8')
    .digest()
  return body.readUInt8(0) === accessAccept && timingSafeEqual(expected, body.subarray(4, 20))
}
