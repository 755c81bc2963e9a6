import {scrypt as scryptCallback, type BinaryLike, type ScryptOptions} from 'node:crypto'
import {promisify} from 'node:util'
import {sameBytes} from '../compare.js'
import {decodeBase64, encodeBase64Bare} from '../encodings.js'
import type {DirectScheme} from './contract.js'
import {integerParameter} from './parameters.js'

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scryptCallback)

const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]*)\$([A-Za-z0-9+/]+)$/

/** `$scrypt$ln=<log2 N>,r=<r>,p=<p>$<salt>$<checksum>`, base64 without padding (RFC 7914). */
export const scrypt: DirectScheme = {
  name: 'scrypt',
  memoryKib: (stored) => {
    const [, ln, r] = form.exec(stored) ?? []
    return (2 ** Number(ln ?? 0) * Number(r ?? 0)) / 8
  },
  async verify(secret, stored) {
    const [, ln, r, p, saltText = '', checksumText = ''] = form.exec(stored) ?? []
    const salt = decodeBase64(saltText)
    const checksum = decodeBase64(checksumText)
    if (!salt || !checksum || !possible(Number(ln), Number(r), Number(p))) return false
    const found = await derive(secret, salt, checksum.length, options(Number(ln), Number(r), Number(p)))
    return sameBytes(found, checksum)
  },
  async create(secret, parameters, random) {
    const ln = integerParameter(parameters, ['rounds', 'default_rounds'], {preset: 16, min: 1, max: 24})
    const r = integerParameter(parameters, ['block_size'], {preset: 8, min: 1, max: 1024})
    const p = integerParameter(parameters, ['parallelism'], {preset: 1, min: 1, max: 1024})
    const salt = await random(integerParameter(parameters, ['salt_size'], {preset: 16, min: 0, max: 1024}))
    const checksum = await derive(secret, salt, 32, options(ln, r, p))
    return `$scrypt$ln=${ln},r=${r},p=${p}$${encodeBase64Bare(salt)}$${encodeBase64Bare(checksum)}`
  },
}

function possible(ln: number, r: number, p: number): boolean {
  return ln >= 1 && ln <= 31 && r >= 1 && p >= 1 && r * p < 2 ** 30
}

function options(ln: number, r: number, p: number): ScryptOptions {
  const N = 2 ** ln
  return {N, maxmem: 128 * r * (N + p + 2) + 1024, p, r}
}
