import {pbkdf2 as pbkdf2Callback} from 'node:crypto'
import {promisify} from 'node:util'
import {sameBytes} from '../compare.js'
import {decodeAb64, encodeAb64} from '../encodings.js'
import type {DirectScheme} from './contract.js'
import {integerParameter} from './parameters.js'

const derive = promisify(pbkdf2Callback)

type Digest = 'sha1' | 'sha256' | 'sha512'

/** Default rounds and length of the checksum in bytes (spec/02 §6.1). */
const presets: Record<Digest, {mark: string; rounds: number; bytes: number}> = {
  sha1: {bytes: 20, mark: 'pbkdf2', rounds: 131_000},
  sha256: {bytes: 32, mark: 'pbkdf2-sha256', rounds: 29_000},
  sha512: {bytes: 64, mark: 'pbkdf2-sha512', rounds: 25_000},
}

/** `$pbkdf2[-sha256|-sha512]$<rounds>$<ab64 salt>$<ab64 checksum>` (RFC 8018 §5.2 with HMAC). */
function pbkdf2(digest: Digest): DirectScheme {
  const {mark, rounds: preset, bytes} = presets[digest]
  const form = new RegExp(`^\\$${mark}\\$([1-9][0-9]{0,9})\\$([A-Za-z0-9./]*)\\$([A-Za-z0-9./]+)$`)
  return {
    name: `pbkdf2_${digest}`,
    async verify(secret, stored) {
      const [, rounds, saltText = '', checksumText = ''] = form.exec(stored) ?? []
      const salt = decodeAb64(saltText)
      const checksum = decodeAb64(checksumText)
      if (!rounds || Number(rounds) > 0x7fffffff || !salt || checksum?.length !== bytes) return false
      return sameBytes(await derive(secret, salt, Number(rounds), bytes, digest), checksum)
    },
    async create(secret, parameters, random) {
      const rounds = integerParameter(parameters, ['rounds', 'default_rounds'], {preset, min: 1, max: 0x7fffffff})
      const salt = await random(integerParameter(parameters, ['salt_size'], {preset: 16, min: 0, max: 1024}))
      const checksum = await derive(secret, salt, rounds, bytes, digest)
      return `$${mark}$${rounds}$${encodeAb64(salt)}$${encodeAb64(checksum)}`
    },
  }
}

export const pbkdf2Sha1 = pbkdf2('sha1')
export const pbkdf2Sha256 = pbkdf2('sha256')
export const pbkdf2Sha512 = pbkdf2('sha512')
