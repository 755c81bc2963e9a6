import {createHash} from 'node:crypto'
import {sameBytes} from '../compare.js'
import {decodeBase64} from '../encodings.js'
import type {DirectScheme} from './contract.js'
import {integerParameter} from './parameters.js'

interface Family {
  name: string
  mark: string
  digest: 'sha1' | 'sha256' | 'sha512'
  bytes: number
  /** Longest salt in bytes; 0: none. */
  maxSalt: number
}

/** `{MARK}` and base64 of digest(secret ‖ salt) ‖ salt (RFC 2307 §5.3 and its salted successors, spec/02 §6.5). */
function ldapDigest({name, mark, digest, bytes, maxSalt}: Family): DirectScheme {
  const head = `{${mark}}`
  const minSalt = maxSalt === 0 ? 0 : 4
  return {
    name,
    async verify(secret, stored) {
      const value = stored.startsWith(head) ? decodeBase64(stored.slice(head.length)) : undefined
      if (!value || value.length < bytes + minSalt || value.length > bytes + maxSalt) return false
      const salt = value.subarray(bytes)
      return sameBytes(createHash(digest).update(secret).update(salt).digest(), value.subarray(0, bytes))
    },
    async create(secret, parameters, random) {
      const size = integerParameter(parameters, ['salt_size'], {preset: minSalt, min: minSalt, max: maxSalt})
      const salt = await random(size)
      const checksum = createHash(digest).update(secret).update(salt).digest()
      return head + Buffer.concat([checksum, salt]).toString('base64')
    },
  }
}

export const ldapSha1 = ldapDigest({bytes: 20, digest: 'sha1', mark: 'SHA', maxSalt: 0, name: 'ldap_sha1'})
export const ldapSaltedSha1 = ldapDigest({
  bytes: 20,
  digest: 'sha1',
  mark: 'SSHA',
  maxSalt: 16,
  name: 'ldap_salted_sha1',
})
export const ldapSaltedSha256 = ldapDigest({
  bytes: 32,
  digest: 'sha256',
  mark: 'SSHA256',
  maxSalt: 32,
  name: 'ldap_salted_sha256',
})
export const ldapSaltedSha512 = ldapDigest({
  bytes: 64,
  digest: 'sha512',
  mark: 'SSHA512',
  maxSalt: 64,
  name: 'ldap_salted_sha512',
})
