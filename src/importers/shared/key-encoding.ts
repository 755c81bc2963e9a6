import {decodeBase32, decodeBase64, encodeHex} from '../../lib/crypto/encodings.js'

/** Outcome of reading a field: the value, or what is wrong with it in an operator's words. */
export type Read<T> = {value: T} | {error: string}

export type SeedEncoding = 'auto' | 'base32' | 'base64' | 'hex' | 'utf8'

const hexDigits = /^(?:[0-9a-fA-F]{2})+$/
const base32Text = /^[A-Z2-7]+=*$/

/**
 * A seed as hex digits, the form in which OATH tokens store it. Hex keeps its case.
 * `auto` takes hex for hex, capitals with 2–7 for base32 (RFC 4648 §6, padding optional), and nothing else.
 */
export function readSeed(text: string, encoding: SeedEncoding = 'auto'): Read<string> {
  if (text === '') return {error: 'the seed is missing'}
  switch (encoding) {
    case 'hex':
      return hexDigits.test(text) ? {value: text} : {error: notHex(text)}
    case 'base32':
      return ofBytes(decodeBase32(text.replace(/[\s-]/g, '')), 'base32')
    case 'base64':
      return ofBytes(decodeBase64(text), 'base64')
    case 'utf8':
      return {value: Buffer.from(text, 'utf8').toString('hex')}
    case 'auto': {
      if (hexDigits.test(text)) return {value: text}
      if (/^[0-9a-fA-F]+$/.test(text)) return {error: notHex(text)}
      return ofBytes(base32Text.test(text) ? decodeBase32(text) : undefined, 'hex or base32')
    }
  }
}

function ofBytes(bytes: Uint8Array | undefined, what: string): Read<string> {
  return bytes && bytes.length > 0 ? {value: encodeHex(bytes)} : {error: `the seed is not ${what}`}
}

function notHex(text: string): string {
  return /^[0-9a-fA-F]+$/.test(text) ? 'the seed has an odd number of hex digits' : 'the seed is not hex'
}

/** Base64 with line breaks and blanks, as XML has it; `undefined` for anything else. */
export function readBase64(text: string): Buffer | undefined {
  return decodeBase64(text.replace(/\s+/g, ''))
}

/** The hash that the originals take for a CSV seed of so many hex digits (spec/04 §1.3). */
export function hashlibByLength(hexDigitCount: number): string {
  return {56: 'sha224', 64: 'sha256', 96: 'sha384', 128: 'sha512'}[hexDigitCount] ?? 'sha1'
}

/** Names of a hash, however a vendor writes it: `HMAC-SHA256`, `SHA-256`, `sha256`, an algorithm URI. */
export function readHashlib(text: string): Read<string> {
  const name = /(?:^|[^a-z0-9])(?:hmac[-_]?)?(sha[-_]?(?:1|224|256|384|512)|md5)$/i.exec(text.trim())?.[1]
  if (!name) return {error: 'the hash is not one that is known'}
  return {value: name.toLowerCase().replace(/[-_]/g, '')}
}

/** A whole number within bounds. The text itself is not repeated: in a row with a column too many it may be a secret. */
export function readInteger(text: string, what: string, min: number, max: number): Read<number> {
  if (!/^[+-]?\d{1,15}$/.test(text)) return {error: `the ${what} is no whole number`}
  const value = Number(text)
  return value >= min && value <= max ? {value} : {error: `the ${what} is not within ${String(min)}–${String(max)}`}
}

/** Digits of an OTP value. */
export const readOtplen = (text: string) => readInteger(text, 'OTP length', 4, 10)

/** Seconds of a time step. */
export const readTimeStep = (text: string) => readInteger(text, 'time step', 1, 86_400)

/** An HOTP counter; the column is a 32-bit integer. */
export const readCounter = (text: string) => readInteger(text, 'counter', 0, 2_147_483_647)
