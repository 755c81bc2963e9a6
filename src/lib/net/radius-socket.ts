import {createSocket} from 'node:dgram'
import {PiError, reasonOf} from '../errors.js'
import type {RadiusTarget} from './radius-packet.js'

/**
 * Sends a packet up to `transmissions` times, `timeoutMs` apart, and waits for a reply that `accept` takes.
 * @returns what `accept` made of it; undefined when nothing acceptable came
 * @throws PiError UNAVAILABLE (no such host, nobody listens)
 */
export async function exchange<R>(
  {server, port}: RadiusTarget,
  packet: Buffer,
  {
    timeoutMs,
    transmissions,
    accept,
  }: {
    timeoutMs: number
    transmissions: number
    /** Undefined: not ours, go on waiting. */
    accept: (reply: Buffer) => R | undefined
  },
): Promise<R | undefined> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<R | undefined>((resolve, reject) => {
      let sent = 0
      const send = () => {
        if (sent >= transmissions) return resolve(undefined)
        sent += 1
        timer = setTimeout(send, timeoutMs)
        socket.send(packet, (error) => {
          if (error) reject(error)
        })
      }
      socket.on('error', reject)
      socket.on('message', (reply) => {
        const accepted = accept(reply)
        if (accepted !== undefined) resolve(accepted)
      })
      // Connected, so that a refusal by the host is told and nobody else can answer.
      socket.connect(port, server, send)
    })
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const why = code === 'ECONNREFUSED' ? 'nobody listens there' : (code ?? reasonOf(error))
    throw new PiError('UNAVAILABLE', `The RADIUS server ${server}:${port} does not answer: ${why}.`, {cause: error})
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}
