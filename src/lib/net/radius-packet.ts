import {createHash, createHmac, timingSafeEqual} from 'node:crypto'

/** Codes of packets (RFC 2865 §4, RFC 5997). */
export const radiusCode = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accessChallenge: 11,
  statusServer: 12,
} as const

/** Types of attributes (RFC 2865 §5, RFC 3579 §3.2). */
export const radiusAttribute = {
  userName: 1,
  userPassword: 2,
  state: 24,
  nasIdentifier: 32,
  messageAuthenticator: 80,
} as const

/** A RADIUS server as it is configured (spec/11 §G2). */
export interface RadiusTarget {
  server: string
  port: number
  secret: string
}

export type Attribute = readonly [type: number, value: Buffer]

/** A request with a Message-Authenticator, which stands first so that the answer cannot be forged (RFC 3579 §3.2). */
export function requestPacket(
  code: number,
  {
    id,
    authenticator,
    secret,
    attributes,
  }: {id: number; authenticator: Buffer; secret: string; attributes: readonly Attribute[]},
): Buffer {
  const all: Attribute[] = [[radiusAttribute.messageAuthenticator, Buffer.alloc(16)], ...attributes]
  const body = all.map(([type, value]) => Buffer.concat([Buffer.from([type, value.length + 2]), value]))
  const packet = Buffer.concat([Buffer.from([code, id, 0, 0]), authenticator, ...body])
  packet.writeUInt16BE(packet.length, 2)
  createHmac('md5', secret).update(packet).digest().copy(packet, 22)
  return packet
}

/** The password as it is sent: hidden under the secret and the request's authenticator (RFC 2865 §5.2). */
export function hiddenPassword(password: string, authenticator: Buffer, secret: string): Buffer {
  const clear = Buffer.from(password, 'utf8')
  const padded = Buffer.alloc(Math.max(16, Math.ceil(clear.length / 16) * 16))
  clear.copy(padded)
  let chain = authenticator
  const hidden: Buffer[] = []
  for (let at = 0; at < padded.length; at += 16) {
    const mask = createHash('md5').update(secret, 'utf8').update(chain).digest()
    chain = Buffer.from(mask.map((byte, index) => byte ^ padded[at + index]!))
    hidden.push(chain)
  }
  return Buffer.concat(hidden)
}

/** A reply whose response authenticator is right (RFC 2865 §3); undefined for one that is forged, foreign or damaged. */
export function genuineReply(
  reply: Buffer,
  {id, authenticator, secret}: {id: number; authenticator: Buffer; secret: string},
): {code: number; attributes: Attribute[]; signed: boolean} | undefined {
  const length = reply.length < 20 ? 0 : reply.readUInt16BE(2)
  if (length < 20 || length > reply.length || reply.readUInt8(1) !== id) return undefined
  const packet = reply.subarray(0, length)
  const attributes = attributesOf(packet.subarray(20))
  const expected = createHash('md5')
    .update(packet.subarray(0, 4))
    .update(authenticator)
    .update(packet.subarray(20))
    .update(secret, 'utf8')
    .digest()
  if (!attributes || !timingSafeEqual(expected, packet.subarray(4, 20))) return undefined
  const signed = signature(packet, authenticator, secret)
  if (signed === false) return undefined
  return {code: packet.readUInt8(0), attributes, signed: signed ?? false}
}

/** Whether the Message-Authenticator of a reply is right; undefined when it has none. */
function signature(packet: Buffer, authenticator: Buffer, secret: string): boolean | undefined {
  for (let at = 20; at < packet.length; at += packet.readUInt8(at + 1)) {
    if (packet.readUInt8(at) !== radiusAttribute.messageAuthenticator) continue
    if (packet.readUInt8(at + 1) !== 18) return false
    const copy = Buffer.from(packet)
    authenticator.copy(copy, 4)
    copy.fill(0, at + 2, at + 18)
    return timingSafeEqual(createHmac('md5', secret).update(copy).digest(), packet.subarray(at + 2, at + 18))
  }
  return undefined
}

function attributesOf(bytes: Buffer): Attribute[] | undefined {
  const attributes: Attribute[] = []
  for (let at = 0; at < bytes.length;) {
    const length = at + 1 < bytes.length ? bytes.readUInt8(at + 1) : 0
    if (length < 2 || at + length > bytes.length) return undefined
    attributes.push([bytes.readUInt8(at), bytes.subarray(at + 2, at + length)])
    at += length
  }
  return attributes
}
