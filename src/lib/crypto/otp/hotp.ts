import {createHmac} from 'node:crypto'
import {sameText} from '../compare.js'

/** Hash algorithms of OATH tokens. */
export type OtpHash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

const hashes: readonly string[] = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']

export interface HotpOptions {
  algorithm: OtpHash
  /** Decimal digits of a value. */
  digits: number
}

/** A stored hash name in any case; anything that is none means SHA-1 (spec/06 §1.1). */
export function otpHash(name: string | undefined): OtpHash {
  const lower = (name ?? '').toLowerCase()
  return hashes.includes(lower) ? (lower as OtpHash) : 'sha1'
}

/** A one-time password (RFC 4226 §5.3), also with the other hashes of RFC 6238. @param counter 0 to 2^53-1 */
export function hotp(key: Uint8Array, counter: number, {algorithm, digits}: HotpOptions): string {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  return truncate(createHmac(algorithm, key).update(moving).digest(), digits)
}

/** Dynamic truncation of a digest to so many decimal digits (RFC 4226 §5.3). */
export function truncate(digest: Buffer, digits: number): string {
  const offset = (digest[digest.length - 1] ?? 0) & 0xf
  const value = digest.readUInt32BE(offset) & 0x7fffffff
  return String(value % 10 ** digits).padStart(digits, '0')
}

/** The lowest counter from `first` to before `end` whose value is `otp`; each is compared in constant time. */
export function findCounter(
  key: Uint8Array,
  otp: string,
  {first, end, ...options}: HotpOptions & {first: number; end: number},
): number | undefined {
  for (let counter = Math.max(0, first); counter < end; counter++) {
    if (sameText(hotp(key, counter, options), otp)) return counter
  }
  return undefined
}
