import {AsnConvert} from '@peculiar/asn1-schema'
import {PiError} from '../../errors.js'

type Class<T> = new () => T

/** DER of an object of the ASN.1 classes. */
export function encode(value: unknown): Buffer {
  return Buffer.from(AsnConvert.serialize(value))
}

/** @throws PiError INVALID_INPUT when the bytes are something else, or damaged */
export function decode<T>(der: Uint8Array, type: Class<T>, what: string): T {
  try {
    return AsnConvert.parse(arrayBuffer(der), type)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `This is no ${what}: its ASN.1 cannot be read.`, {cause: error})
  }
}

/** The classes take array buffers of their own, no views of larger ones. */
export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return copy
}

/** One DER element. @param tag e.g. 0x03 for BIT STRING, 0x30 for SEQUENCE */
export function tlv(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | length.length, ...length]
  return Buffer.concat([Buffer.from(head), body])
}

/** A BIT STRING of named bits, without the zeros at the end (X.690 §11.2.2). @param bits numbers of those that are set */
export function namedBits(bits: readonly number[]): Buffer {
  const highest = Math.max(-1, ...bits)
  if (highest < 0) return tlv(0x03, Buffer.from([0]))
  const bytes = Buffer.alloc(Math.floor(highest / 8) + 1)
  for (const bit of bits) bytes[Math.floor(bit / 8)]! |= 0x80 >> (bit % 8)
  return tlv(0x03, Buffer.from([7 - (highest % 8)]), bytes)
}

/** Content of one DER element, and where it ends. @throws PiError INVALID_INPUT */
export function contentOf(der: Buffer, at = 0): {tag: number; content: Buffer; end: number} {
  const first = der[at + 1] ?? 0
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  const length = lengthBytes === 0 ? first : lengthBytes <= 4 ? der.readUIntBE(at + 2, lengthBytes) : Infinity
  if (start + length > der.length) throw new PiError('INVALID_INPUT', 'The ASN.1 is cut off.')
  return {tag: der[at]!, content: der.subarray(start, start + length), end: start + length}
}

/** The elements inside a constructed one, each with its header. @throws PiError INVALID_INPUT */
export function childrenOf(der: Buffer): Buffer[] {
  const {content} = contentOf(der)
  const children: Buffer[] = []
  for (let at = 0; at < content.length;) {
    const {end} = contentOf(content, at)
    children.push(content.subarray(at, end))
    at = end
  }
  return children
}
