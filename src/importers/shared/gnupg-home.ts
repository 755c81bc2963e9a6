import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {PrivateKey} from 'openpgp'

/**
 * The private keys of a GnuPG home that have no passphrase, as the originals make theirs: the public parts are in the
 * keybox, the private ones in one file each. Only RSA is read, which is what they generate.
 * @returns nothing when the home does not exist
 */
export async function readGnupgHome(home: string): Promise<PrivateKey[]> {
  const [box, secrets] = await Promise.all([readOptional(join(home, 'pubring.kbx')), readSecrets(home)])
  if (!box || secrets.length === 0) return []
  const {readPrivateKey} = await import('openpgp')
  const keys: PrivateKey[] = []
  for (const block of keyBlocks(box)) {
    const binaryKey = withSecrets(block, secrets)
    if (binaryKey) keys.push(await readPrivateKey({binaryKey}))
  }
  return keys
}

interface RsaSecret {
  n: Buffer
  d: Buffer
  p: Buffer
  q: Buffer
  u: Buffer
}

/** The OpenPGP blobs of a keybox: type 2, with offset and length of the key block at bytes 8 to 15. */
function* keyBlocks(box: Buffer): Iterable<Buffer> {
  for (let at = 0; at + 32 <= box.length;) {
    const length = box.readUInt32BE(at)
    if (length < 32 || at + length > box.length) return
    if (box[at + 4] === 2) {
      const start = at + box.readUInt32BE(at + 8)
      yield box.subarray(start, start + box.readUInt32BE(at + 12))
    }
    at += length
  }
}

async function readSecrets(home: string): Promise<RsaSecret[]> {
  const folder = join(home, 'private-keys-v1.d')
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(
    names.filter((name) => name.endsWith('.key')).map((name) => readOptional(join(folder, name))),
  )
  return files.flatMap((file) => {
    const secret = file && readSecret(file)
    return secret ? [secret] : []
  })
}

/** `(private-key (rsa (n #…#)(e #…#)(d #…#)(p #…#)(q #…#)(u #…#)))`, as text or in canonical form. */
function readSecret(file: Buffer): RsaSecret | undefined {
  const text = file.toString('latin1')
  if (text.includes('protected-private-key')) return undefined
  const part = (name: string): Buffer | undefined => {
    const hex = new RegExp(`\\(\\s*${name}\\s+#([0-9A-Fa-f\\s]+)#`).exec(text)?.[1]
    if (hex !== undefined) return Buffer.from(hex.replace(/\s/g, ''), 'hex')
    const canonical = new RegExp(`\\(1:${name}(\\d+):`).exec(text)
    if (!canonical) return undefined
    const start = canonical.index + canonical[0].length
    return file.subarray(start, start + Number(canonical[1]))
  }
  const [n, d, p, q, u] = ['n', 'd', 'p', 'q', 'u'].map(part)
  return n && d && p && q && u ? {n: trimmed(n), d, p, q, u} : undefined
}

/** The key block with secret packets in place of the public ones (RFC 4880 §5.5.3); `undefined` when none is known. */
function withSecrets(block: Buffer, secrets: readonly RsaSecret[]): Buffer | undefined {
  const out: Buffer[] = []
  let found = false
  for (const {tag, body, raw} of packets(block)) {
    if (tag === 12) continue
    const secret = tag === 6 || tag === 14 ? secrets.find(({n}) => modulusOf(body)?.equals(n)) : undefined
    if (tag === 14 && !secret) return found ? Buffer.concat(out) : undefined
    if (!secret) {
      out.push(raw)
      continue
    }
    found = true
    const values = Buffer.concat([secret.d, secret.p, secret.q, secret.u].map(mpi))
    const sum = Buffer.alloc(2)
    sum.writeUInt16BE(values.reduce((total, byte) => (total + byte) & 0xffff, 0))
    out.push(packet(tag === 6 ? 5 : 7, Buffer.concat([body, Buffer.of(0), values, sum])))
  }
  return found ? Buffer.concat(out) : undefined
}

/** The modulus of an RSA public key packet of version 4. */
function modulusOf(body: Buffer): Buffer | undefined {
  if (body[0] !== 4 || ![1, 2, 3].includes(body[5] ?? 0)) return undefined
  const length = Math.ceil(body.readUInt16BE(6) / 8)
  return body.subarray(8, 8 + length)
}

function* packets(block: Buffer): Iterable<{tag: number; body: Buffer; raw: Buffer}> {
  for (let at = 0; at < block.length;) {
    const first = block[at]!
    const isNew = (first & 0x40) !== 0
    const [headerBytes, length] = isNew ? newLength(block, at) : oldLength(block, at)
    const end = at + headerBytes + length
    if (end > block.length) return
    yield {
      tag: isNew ? first & 0x3f : (first >> 2) & 0x0f,
      body: block.subarray(at + headerBytes, end),
      raw: block.subarray(at, end),
    }
    at = end
  }
}

function oldLength(block: Buffer, at: number): [headerBytes: number, length: number] {
  const size = [1, 2, 4, 0][block[at]! & 3]!
  return size === 0 ? [1, block.length - at - 1] : [1 + size, block.readUIntBE(at + 1, size)]
}

function newLength(block: Buffer, at: number): [headerBytes: number, length: number] {
  const first = block[at + 1] ?? 0
  if (first < 192) return [2, first]
  if (first < 224) return [3, ((first - 192) << 8) + (block[at + 2] ?? 0) + 192]
  return [6, block.readUInt32BE(at + 2)]
}

function packet(tag: number, body: Buffer): Buffer {
  const header = Buffer.alloc(6)
  header[0] = 0xc0 | tag
  header[1] = 255
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}

/** A number with its length in bits before it (RFC 4880 §3.2). */
function mpi(bytes: Buffer): Buffer {
  const value = trimmed(bytes)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0]!) + 24)
  return Buffer.concat([length, value])
}

function trimmed(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length && bytes[start] === 0) start += 1
  return bytes.subarray(start)
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined)
}
