import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  pbkdf2,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import {promisify} from 'node:util'
import {AsnObjectIdentifierConverter} from '@peculiar/asn1-schema'
import {PiError} from '../../errors.js'
import {childrenOf, contentOf, tlv} from './asn1.js'

/** Rounds of PBKDF2; openssl takes 2048. */
const rounds = 100_000
/** Rounds of the key of the MAC, whose derivation there is no fast implementation of; openssl takes 2048. */
const macRounds = 20_000
/** A file that wants more would only keep the processor busy. */
const mostRounds = 10_000_000
const saltBytes = 16

/** The content of a PKCS#12 file (RFC 7292), all DER. */
export interface Pkcs12 {
  /** PKCS#8. */
  keys: Buffer[]
  certificates: Buffer[]
  /** Name of the key. */
  friendlyName?: string | undefined
}

/**
 * Writes a PKCS#12 file as openssl 3 does: AES-256-CBC with PBKDF2 (HMAC-SHA-256), MAC with SHA-256.
 * @param content one key; its certificate comes first
 */
export async function writePkcs12({keys, certificates, friendlyName}: Pkcs12, password: string): Promise<Buffer> {
  const localKey = createHash('sha1')
    .update(certificates[0] ?? '')
    .digest()
  const attributes = tlv(
    0x31,
    attribute(oids.localKeyId, tlv(0x04, localKey)),
    ...(friendlyName === undefined ? [] : [attribute(oids.friendlyName, tlv(0x1e, bmp(friendlyName)))]),
  )
  const certificateBags = certificates.map((der, index) =>
    tlv(
      0x30,
      oid(oids.certBag),
      tlv(0xa0, tlv(0x30, oid(oids.x509), tlv(0xa0, tlv(0x04, der)))),
      ...(index === 0 && keys.length > 0 ? [attributes] : []),
    ),
  )
  const keyBags: Buffer[] = []
  for (const key of keys) {
    const {algorithm, encrypted} = await encryptPbes2(key, password)
    keyBags.push(tlv(0x30, oid(oids.shroudedKey), tlv(0xa0, tlv(0x30, algorithm, tlv(0x04, encrypted))), attributes))
  }
  const {algorithm, encrypted} = await encryptPbes2(tlv(0x30, ...certificateBags), password)
  const encryptedData = tlv(0x30, integer(0), tlv(0x30, oid(oids.data), algorithm, tlv(0x80, encrypted)))
  const safe = tlv(
    0x30,
    tlv(0x30, oid(oids.encryptedData), tlv(0xa0, encryptedData)),
    dataContent(tlv(0x30, ...keyBags)),
  )
  const salt = randomBytes(saltBytes)
  const key = deriveKey(password, salt, {id: 3, rounds: macRounds, length: 32, hash: 'sha256'})
  const mac = createHmac('sha256', key).update(safe).digest()
  return tlv(
    0x30,
    integer(3),
    dataContent(safe),
    tlv(0x30, tlv(0x30, algorithmOf(oids.sha256), tlv(0x04, mac)), tlv(0x04, salt), integer(macRounds)),
  )
}

/**
 * Reads a PKCS#12 file: those of today (PBES2), and old ones with triple DES.
 * @throws PiError INVALID_INPUT (no PKCS#12, an algorithm that is gone), INTEGRITY (password, or damaged)
 */
export async function readPkcs12(file: Uint8Array, password: string): Promise<Pkcs12> {
  try {
    const [version, authSafe, mac] = childrenOf(Buffer.from(file))
    if (!version?.equals(integer(3)) || !authSafe) throw notPkcs12()
    const safe = contentOf(contentOf(childrenOf(authSafe)[1]!).content).content
    if (mac) checkMac(mac, safe, password)
    const content: Pkcs12 = {keys: [], certificates: []}
    for (const info of childrenOf(safe)) await readSafe(info, password, content)
    return content
  } catch (error) {
    if (error instanceof PiError) throw error
    throw notPkcs12(error)
  }
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  tripleDes: '1.2.840.113549.1.12.1.3',
  aes256: '2.16.840.1.101.3.4.1.42',
  aes128: '2.16.840.1.101.3.4.1.2',
  hmacSha1: '1.2.840.113549.2.7',
  hmacSha256: '1.2.840.113549.2.9',
  hmacSha512: '1.2.840.113549.2.11',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}

async function readSafe(info: Buffer, password: string, into: Pkcs12): Promise<void> {
  const [type, explicit] = childrenOf(info)
  const content = contentOf(explicit!).content
  if (type!.equals(oid(oids.data))) return readBags(contentOf(content).content, password, into)
  if (!type!.equals(oid(oids.encryptedData))) {
    throw new PiError('INVALID_INPUT', 'A part of the PKCS#12 file is encrypted to a public key.')
  }
  const [, encrypted] = childrenOf(content)
  const [, algorithm, bytes] = childrenOf(encrypted!)
  await readBags(await decrypt(algorithm!, octets(bytes!), password), password, into)
}

async function readBags(der: Buffer, password: string, into: Pkcs12): Promise<void> {
  for (const bag of childrenOf(der)) {
    const [type, explicit, attributes] = childrenOf(bag)
    const value = contentOf(explicit!).content
    if (type!.equals(oid(oids.keyBag))) into.keys.push(Buffer.from(value))
    if (type!.equals(oid(oids.shroudedKey))) {
      const [algorithm, encrypted] = childrenOf(value)
      into.keys.push(await decrypt(algorithm!, contentOf(encrypted!).content, password))
    }
    if (type!.equals(oid(oids.certBag))) {
      const [kind, certificate] = childrenOf(value)
      if (kind!.equals(oid(oids.x509))) into.certificates.push(Buffer.from(octets(contentOf(certificate!).content)))
    }
    const name = attributes && childrenOf(attributes).find((one) => childrenOf(one)[0]!.equals(oid(oids.friendlyName)))
    if (name) into.friendlyName ??= fromBmp(contentOf(childrenOf(childrenOf(name)[1]!.subarray())[0]!).content)
  }
}

/** An OCTET STRING; those of long files may be in pieces. */
function octets(der: Buffer): Buffer {
  const {tag, content} = contentOf(der)
  return tag & 0x20 ? Buffer.concat(childrenOf(der).map((part) => octets(part))) : content
}

function checkMac(mac: Buffer, safe: Buffer, password: string): void {
  const [info, salt, count] = childrenOf(mac)
  const [algorithm, expected] = childrenOf(info!)
  const hash = (['sha1', 'sha256', 'sha384', 'sha512'] as const).find((name) =>
    childrenOf(algorithm!)[0]!.equals(oid(oids[name])),
  )
  if (!hash) throw new PiError('INVALID_INPUT', 'The MAC of the PKCS#12 file is of an unknown kind.')
  const stored = contentOf(expected!).content
  const options = {id: 3, rounds: count ? numberOf(count) : 1, length: stored.length, hash}
  const key = deriveKey(password, contentOf(salt!).content, options)
  const computed = createHmac(hash, key).update(safe).digest()
  if (computed.length === stored.length && timingSafeEqual(computed, stored)) return
  throw new PiError('INTEGRITY', 'The password of the PKCS#12 file is wrong, or the file is damaged.')
}

async function decrypt(algorithm: Buffer, encrypted: Buffer, password: string): Promise<Buffer> {
  const [type, parameters] = childrenOf(algorithm)
  const open = (cipher: string, key: Buffer, iv: Buffer) => {
    try {
      const decipher = createDecipheriv(cipher, key, iv)
      return Buffer.concat([decipher.update(encrypted), decipher.final()])
    } catch (error) {
      throw new PiError('INTEGRITY', 'The password of the PKCS#12 file is wrong, or the file is damaged.', {
        cause: error,
      })
    }
  }
  if (type!.equals(oid(oids.tripleDes))) {
    const [salt, count] = childrenOf(parameters!)
    const derive = (id: number, length: number) =>
      deriveKey(password, contentOf(salt!).content, {id, rounds: numberOf(count!), length, hash: 'sha1'})
    return open('des-ede3-cbc', derive(1, 24), derive(2, 8))
  }
  if (!type!.equals(oid(oids.pbes2))) {
    throw new PiError('INVALID_INPUT', 'The PKCS#12 file is encrypted in a way that is not safe any more (RC2, RC4).', {
      hints: ['Write it anew: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW'],
    })
  }
  const [derivation, scheme] = childrenOf(parameters!)
  const [kind, settings] = childrenOf(derivation!)
  const [cipherType, iv] = childrenOf(scheme!)
  const cipher = cipherType!.equals(oid(oids.aes256))
    ? 'aes-256-cbc'
    : cipherType!.equals(oid(oids.aes128))
      ? 'aes-128-cbc'
      : undefined
  if (!kind!.equals(oid(oids.pbkdf2)) || !cipher) {
    throw new PiError('INVALID_INPUT', 'The PKCS#12 file is encrypted in an unknown way.')
  }
  const [salt, count, ...rest] = childrenOf(settings!)
  const prf = rest.find((part) => part[0] === 0x30)
  const known = (['Sha1', 'Sha256', 'Sha512'] as const).find(
    (name) => prf && childrenOf(prf)[0]!.equals(oid(oids[`hmac${name}`])),
  )
  if (prf && !known) throw new PiError('INVALID_INPUT', 'The PKCS#12 file derives its key in an unknown way.')
  const key = await promisify(pbkdf2)(
    password,
    contentOf(salt!).content,
    checkedRounds(numberOf(count!)),
    cipher === 'aes-256-cbc' ? 32 : 16,
    (known ?? 'Sha1').toLowerCase(),
  )
  return open(cipher, key, contentOf(iv!).content)
}

async function encryptPbes2(plain: Buffer, password: string): Promise<{algorithm: Buffer; encrypted: Buffer}> {
  const [salt, iv] = [randomBytes(saltBytes), randomBytes(16)]
  const key = await promisify(pbkdf2)(password, salt, rounds, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const derivation = tlv(
    0x30,
    oid(oids.pbkdf2),
    tlv(0x30, tlv(0x04, salt), integer(rounds), algorithmOf(oids.hmacSha256)),
  )
  const scheme = tlv(0x30, oid(oids.aes256), tlv(0x04, iv))
  return {
    algorithm: tlv(0x30, oid(oids.pbes2), tlv(0x30, derivation, scheme)),
    encrypted: Buffer.concat([cipher.update(plain), cipher.final()]),
  }
}

/** Key derivation of RFC 7292 appendix B.2. @param options.id 1: key, 2: IV, 3: MAC key */
function deriveKey(
  password: string,
  salt: Buffer,
  {id, rounds: count, length, hash}: {id: number; rounds: number; length: number; hash: string},
): Buffer {
  const block = hash === 'sha1' || hash === 'sha256' ? 64 : 128
  const filled = (source: Buffer) =>
    Buffer.alloc(source.length === 0 ? 0 : block * Math.ceil(source.length / block), source)
  const diversifier = Buffer.alloc(block, id)
  const input = Buffer.concat([filled(salt), filled(Buffer.concat([bmp(password), Buffer.alloc(2)]))])
  const parts: Buffer[] = []
  for (let have = 0; have < length;) {
    let part = createHash(hash).update(diversifier).update(input).digest()
    for (let round = 1; round < checkedRounds(count); round++) part = createHash(hash).update(part).digest()
    parts.push(part)
    have += part.length
    const added = Buffer.alloc(block, part)
    for (let at = 0; at < input.length; at += block) {
      let carry = 1
      for (let index = block - 1; index >= 0; index--) {
        carry += input[at + index]! + added[index]!
        input[at + index] = carry & 0xff
        carry >>= 8
      }
    }
  }
  return Buffer.concat(parts).subarray(0, length)
}

function checkedRounds(count: number): number {
  if (count >= 1 && count <= mostRounds) return count
  throw new PiError('INVALID_INPUT', `The PKCS#12 file asks for ${count} rounds of its key derivation.`)
}

function attribute(type: string, value: Buffer): Buffer {
  return tlv(0x30, oid(type), tlv(0x31, value))
}

function dataContent(der: Buffer): Buffer {
  return tlv(0x30, oid(oids.data), tlv(0xa0, tlv(0x04, der)))
}

function algorithmOf(type: string): Buffer {
  return tlv(0x30, oid(type), tlv(0x05))
}

function oid(text: string): Buffer {
  return Buffer.from(AsnObjectIdentifierConverter.toASN(text).toBER(false))
}

/** A number from 0 on. */
function integer(value: number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return tlv(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

function numberOf(der: Buffer): number {
  return Number(BigInt(`0x${contentOf(der).content.toString('hex') || '0'}`))
}

/** UTF-16, high byte first. */
function bmp(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function fromBmp(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le')
}

function notPkcs12(cause?: unknown): PiError {
  return new PiError('INVALID_INPUT', 'This is no PKCS#12 file.', {cause})
}
