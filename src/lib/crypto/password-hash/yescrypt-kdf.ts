import {createHash, createHmac, pbkdf2Sync} from 'node:crypto'

/** Parameters of crypt(3)'s yescrypt: one lane, no extra time, no ROM; flavor "defaults" (RW, 6 rounds, 12 KiB S-boxes). */
export interface YescryptCost {
  /** Blocks, a power of two. */
  n: number
  /** Block size, in units of 128 bytes. */
  r: number
}

const [rounds, gather, simple, width] = [6, 4, 2, 8]
/** 32-bit words of one of the three S-boxes, and of all. */
const boxWords = (1 << width) * simple * 2
const boxMask = ((1 << width) - 1) * simple * 2
const allBoxWords = 3 * boxWords

/**
 * yescrypt 1.0 (A. Peslyak): scrypt with a read-write memory, S-boxes that change while they are used, and a SCRAM-like
 * end.
 * @returns 32 bytes
 */
export function yescryptKdf(secret: Uint8Array, salt: Uint8Array, {n, r}: YescryptCost): Buffer {
  // Large costs begin with a short run, so that the secret does not stay in memory during the long one.
  const prehash = n >= 0x100 && n * r >= 0x20000
  const input = prehash ? body(secret, salt, {n: n >>> 6, r}, 'yescrypt-prehash') : secret
  const key = body(input, salt, {n, r}, 'yescrypt')
  const clientKey = createHmac('sha256', key).update('Client Key').digest()
  return createHash('sha256').update(clientKey).digest()
}

function body(secret: Uint8Array, salt: Uint8Array, {n, r}: YescryptCost, domain: string): Buffer {
  const password = createHmac('sha256', domain).update(secret).digest()
  const block = pbkdf2Sync(password, salt, 1, 128 * r, 'sha256')
  const mixed = mix(block, {n, r}, block.subarray(0, 32))
  return pbkdf2Sync(mixed.password, mixed.block, 1, 32, 'sha256')
}

function mix(block: Buffer, {n, r}: YescryptCost, password: Buffer): {block: Buffer; password: Buffer} {
  const words = 32 * r
  const b = new Uint32Array(words)
  for (let at = 0; at < words; at++) b[at] = block.readUInt32LE(at * 4)

  // The S-boxes come from a small classic run over the first 128 bytes.
  const boxes = new Uint32Array(allBoxWords)
  fill(b.subarray(0, 32), 1, allBoxWords / 32, boxes, undefined)
  const tail = Buffer.from(b.buffer, (words - 16) * 4, 64)
  const newPassword = createHmac('sha256', tail).update(password).digest()

  const form = new PwxForm(boxes)
  const memory = new Uint32Array(n * words)
  fill(b, r, n, memory, form)
  stir(b, r, n, evenUp(Math.floor((n + 2) / 3)), memory, form)

  const out = Buffer.alloc(words * 4)
  for (let at = 0; at < words; at++) out.writeUInt32LE(b[at]!, at * 4)
  return {block: out, password: newPassword}
}

function evenUp(count: number): number {
  return count + (count & 1)
}

/** SMix1: fills the memory; with S-boxes each block also depends on an earlier one. */
function fill(b: Uint32Array, r: number, n: number, memory: Uint32Array, form: PwxForm | undefined): void {
  const words = 32 * r
  const x = shuffled(b)
  const y = new Uint32Array(words)
  for (let i = 0; i < n; i++) {
    memory.set(x, i * words)
    if (form && i > 1) {
      const power = 2 ** (31 - Math.clz32(i))
      xor(x, 0, memory, ((integerify(x, r) & (power - 1)) + (i - power)) * words, words)
    }
    if (form) form.mixBlocks(x, r)
    else mixBlocksSalsa(x, y, r)
  }
  unshuffle(x, b)
}

/** SMix2: reads the memory in an order that depends on the secret, and changes it. */
function stir(b: Uint32Array, r: number, n: number, loops: number, memory: Uint32Array, form: PwxForm): void {
  const words = 32 * r
  const x = shuffled(b)
  for (let i = 0; i < loops; i++) {
    const at = (integerify(x, r) & (n - 1)) * words
    xor(x, 0, memory, at, words)
    memory.set(x, at)
    form.mixBlocks(x, r)
  }
  unshuffle(x, b)
}

/** Each block of 16 words in the order that suits vector units, which is part of the definition. */
function shuffled(b: Uint32Array): Uint32Array {
  const x = new Uint32Array(b.length)
  for (let at = 0; at < b.length; at++) x[at] = b[(at & ~15) + (((at & 15) * 5) & 15)]!
  return x
}

function unshuffle(x: Uint32Array, b: Uint32Array): void {
  for (let at = 0; at < x.length; at++) b[(at & ~15) + (((at & 15) * 5) & 15)] = x[at]!
}

/** The low word is enough: there are fewer than 2^32 blocks. */
function integerify(x: Uint32Array, r: number): number {
  return x[(2 * r - 1) * 16]!
}

function xor(to: Uint32Array, toAt: number, from: Uint32Array, fromAt: number, count: number): void {
  for (let at = 0; at < count; at++) to[toAt + at]! ^= from[fromAt + at]!
}

/** scrypt's BlockMix with Salsa20/8 (RFC 7914 §4). */
function mixBlocksSalsa(b: Uint32Array, y: Uint32Array, r: number): void {
  const x = b.slice((2 * r - 1) * 16)
  for (let i = 0; i < 2 * r; i++) {
    xor(x, 0, b, i * 16, 16)
    salsa20(x, 0, 8)
    y.set(x, ((i & 1) * r + (i >> 1)) * 16)
  }
  b.set(y)
}

/** The block-wise round function with S-boxes. */
class PwxForm {
  readonly #boxes: Uint32Array
  /** Offsets of the boxes, which take turns: two are read, one is written. */
  #offsets: [number, number, number] = [2 * boxWords, boxWords, 0]
  #written = 0

  constructor(boxes: Uint32Array) {
    this.#boxes = boxes
  }

  mixBlocks(b: Uint32Array, r: number): void {
    const blocks = 2 * r
    const x = b.slice((blocks - 1) * 16)
    for (let i = 0; i < blocks; i++) {
      if (blocks > 1) xor(x, 0, b, i * 16, 16)
      this.#transform(x)
      b.set(x, i * 16)
    }
    salsa20(b, (blocks - 1) * 16, 2)
  }

  #transform(x: Uint32Array): void {
    const boxes = this.#boxes
    const [box0, box1, box2] = this.#offsets
    let written = this.#written
    for (let round = 0; round < rounds; round++) {
      const writes = round !== 0 && round !== rounds - 1
      for (let lane = 0; lane < gather; lane++) {
        const first = lane * simple * 2
        const at0 = box0 + ((x[first]! >>> 2) & boxMask)
        const at1 = box1 + ((x[first + 1]! >>> 2) & boxMask)
        for (let part = 0; part < simple; part++) {
          const low = x[first + 2 * part]!
          const high = x[first + 2 * part + 1]!
          // low × high + s0 in 64 bits; the upper half of the product from halves of 16 bits, which stay below 2^53.
          const a0 = low & 0xffff
          const a1 = low >>> 16
          const b0 = high & 0xffff
          const b1 = high >>> 16
          const middle = a0 * b1 + a1 * b0 + ((a0 * b0) >>> 16)
          const sumLow = (Math.imul(low, high) >>> 0) + boxes[at0 + 2 * part]!
          const sumHigh = a1 * b1 + ((middle / 65_536) | 0) + boxes[at0 + 2 * part + 1]! + (sumLow > 0xffffffff ? 1 : 0)
          const newLow = (sumLow ^ boxes[at1 + 2 * part]!) >>> 0
          const newHigh = (sumHigh ^ boxes[at1 + 2 * part + 1]!) >>> 0
          x[first + 2 * part] = newLow
          x[first + 2 * part + 1] = newHigh
          if (writes) {
            boxes[box2 + written] = newLow
            boxes[box2 + written + 1] = newHigh
            written += 2
          }
        }
      }
    }
    this.#offsets = [box2, box0, box1]
    this.#written = written & (boxWords - 1)
  }
}

const work = new Uint32Array(16)

/** Salsa20 over a shuffled block. */
function salsa20(b: Uint32Array, at: number, count: number): void {
  const x = work
  for (let i = 0; i < 16; i++) x[(i * 5) & 15] = b[at + i]!
  for (let round = 0; round < count; round += 2) {
    quarter(x, 0, 4, 8, 12)
    quarter(x, 5, 9, 13, 1)
    quarter(x, 10, 14, 2, 6)
    quarter(x, 15, 3, 7, 11)
    quarter(x, 0, 1, 2, 3)
    quarter(x, 5, 6, 7, 4)
    quarter(x, 10, 11, 8, 9)
    quarter(x, 15, 12, 13, 14)
  }
  for (let i = 0; i < 16; i++) b[at + i]! += x[(i * 5) & 15]!
}

function quarter(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[b]! ^= rotate((x[a]! + x[d]!) | 0, 7)
  x[c]! ^= rotate((x[b]! + x[a]!) | 0, 9)
  x[d]! ^= rotate((x[c]! + x[b]!) | 0, 13)
  x[a]! ^= rotate((x[d]! + x[c]!) | 0, 18)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
