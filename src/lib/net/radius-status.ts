import {randomBytes, randomInt} from 'node:crypto'
import {genuineReply, radiusCode, requestPacket, type RadiusTarget} from './radius-packet.js'
import {exchange} from './radius-socket.js'

/** What a RADIUS server said: some do not answer a status request, and are no worse for it. */
export type RadiusState = 'answers' | 'wrong secret' | 'silent'

/**
 * Asks a RADIUS server whether it is there (Status-Server, RFC 5997 §3); nobody is logged in.
 * @throws PiError UNAVAILABLE (no such host, nobody listens)
 */
export async function radiusStatus(target: RadiusTarget, timeoutMs: number): Promise<RadiusState> {
  const {secret} = target
  const ours = {id: randomInt(256), authenticator: randomBytes(16), secret}
  const packet = requestPacket(radiusCode.statusServer, {...ours, attributes: []})
  const state = await exchange<RadiusState>(target, packet, {
    timeoutMs,
    transmissions: 1,
    accept: (reply) => (genuineReply(reply, ours)?.code === radiusCode.accessAccept ? 'answers' : 'wrong secret'),
  })
  return state ?? 'silent'
}
