import {randomBytes, randomInt} from 'node:crypto'
import {
  genuineReply,
  hiddenPassword,
  radiusAttribute,
  radiusCode,
  requestPacket,
  type RadiusTarget,
} from './radius-packet.js'
import {exchange} from './radius-socket.js'

export interface RadiusLogin extends RadiusTarget {
  /** Seconds to wait for each transmission. */
  timeout: number
  /** Transmissions in all. */
  retries: number
  /** A reply without Message-Authenticator is none. */
  requiresMessageAuthenticator: boolean
  /** Name of this server, for the other one's log. */
  nasIdentifier: string
}

export type RadiusVerdict = 'accepted' | 'challenged' | 'rejected' | 'silent'

/**
 * Lets a RADIUS server check a password (Access-Request with PAP, RFC 2865 §4.1). Replies that cannot be proven to come
 * from it are passed over.
 * @throws PiError UNAVAILABLE (no such host, nobody listens)
 */
export async function radiusLogin(target: RadiusLogin, user: string, password: string): Promise<RadiusVerdict> {
  const {secret, nasIdentifier, requiresMessageAuthenticator, timeout, retries} = target
  const ours = {id: randomInt(256), authenticator: randomBytes(16), secret}
  const name = Buffer.from(user, 'utf8')
  const hidden = hiddenPassword(password, ours.authenticator, secret)
  // What does not fit into an attribute cannot be right there (RFC 2865 §5).
  if (name.length > 253 || hidden.length > 128) return 'rejected'
  const packet = requestPacket(radiusCode.accessRequest, {
    ...ours,
    attributes: [
      [radiusAttribute.userName, name],
      [radiusAttribute.userPassword, hidden],
      [radiusAttribute.nasIdentifier, Buffer.from(nasIdentifier, 'latin1')],
    ],
  })
  const verdict = await exchange<RadiusVerdict>(target, packet, {
    timeoutMs: timeout * 1000,
    transmissions: retries,
    accept(bytes) {
      const reply = genuineReply(bytes, ours)
      if (!reply || (requiresMessageAuthenticator && !reply.signed)) return undefined
      if (reply.code === radiusCode.accessAccept) return 'accepted'
      return reply.code === radiusCode.accessChallenge ? 'challenged' : 'rejected'
    },
  })
  return verdict ?? 'silent'
}
