import {createHash} from 'node:crypto'
import {sameText} from '../compare.js'
import type {DirectScheme} from './contract.js'

/** Hex of SHA-256 without salt, as OTRS writes it. */
export const hexSha256: DirectScheme = {
  name: 'hex_sha256',
  async verify(secret, stored) {
    return sameText(digest(secret), stored.toLowerCase())
  },
  async create(secret) {
    return digest(secret)
  },
}

function digest(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex')
}
