import {createHmac} from 'node:crypto'
import {sameText} from './compare.js'

/** What is hashed for administrators and recovery codes: pepper first, nothing between (spec/02 §6.2). */
export function withPepper(pepper: string, password: string): string {
  return pepper + password
}

/** The parts of an API client's key, `<prefix>_<16 hex key id>_<secret>` (privacyIDEA 3.14, spec/02 §6.2). */
interface ClientKey {
  prefix: string
  keyId: string
  secret: string
}

/** Undefined for what is no such key. The secret may contain `_`. */
export function parseClientKey(text: string): ClientKey | undefined {
  const [, prefix, keyId, secret] = /^([^_]+)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(text) ?? []
  return prefix && keyId && secret ? {keyId, prefix, secret} : undefined
}

/** `clients.key_hash`: hex of HMAC-SHA-256 keyed with the pepper. */
export function clientKeyHash(pepper: string, secret: string): string {
  return createHmac('sha256', Buffer.from(pepper, 'utf8')).update(secret, 'utf8').digest('hex')
}

/** Compares in constant time. */
export function verifyClientKey(pepper: string, secret: string, keyHash: string): boolean {
  return sameText(clientKeyHash(pepper, secret), keyHash)
}
