/** Decoders return undefined for what is not in the encoding, and never guess. */

/** Hex of either case, an even number of digits; the empty text is no bytes. */
export function decodeHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? Buffer.from(text, 'hex') : undefined
}

/** Hex, lower case. */
export function encodeHex(bytes: Uint8Array): string {
  return view(bytes).toString('hex')
}

/** Standard base64, with or without `=`. */
export function decodeBase64(text: string): Buffer | undefined {
  const bare = /^([A-Za-z0-9+/]*)={0,2}$/.exec(text)?.[1]
  if (bare === undefined || bare.length % 4 === 1) return undefined
  if (bare.length !== text.length && text.length % 4 !== 0) return undefined
  return Buffer.from(bare, 'base64')
}

/** Standard base64 without `=` padding, as in argon2 and scrypt strings. */
export function encodeBase64Bare(bytes: Uint8Array): string {
  return view(bytes).toString('base64').replace(/=+$/, '')
}

/** passlib's adapted base64 (spec/02): `.` for `+`, no padding. */
export function decodeAb64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9./]*$/.test(text) ? decodeBase64(text.replaceAll('.', '+')) : undefined
}

/** The inverse of {@link decodeAb64}. */
export function encodeAb64(bytes: Uint8Array): string {
  return encodeBase64Bare(bytes).replaceAll('+', '.')
}

const base32Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base32 (RFC 4648 §6) of either case, with or without `=`; blanks and other separators are refused. */
export function decodeBase32(text: string): Buffer | undefined {
  const bare = text.replace(/=+$/, '')
  if (text.length !== bare.length && text.length % 8 !== 0) return undefined
  if ([1, 3, 6].includes(bare.length % 8)) return undefined
  const bytes = Buffer.alloc(Math.floor((bare.length * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (const character of bare.toUpperCase()) {
    const digit = base32Digits.indexOf(character)
    if (digit < 0) return undefined
    held = (held << 5) | digit
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
      held &= (1 << bits) - 1
    }
  }
  return bytes
}

/** Base32 (RFC 4648 §6), upper case, padded with `=` unless `padded` is false. */
export function encodeBase32(bytes: Uint8Array, {padded = true} = {}): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32Digits[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) text += base32Digits[(held << (5 - bits)) & 31]
  return padded ? text.padEnd(Math.ceil(text.length / 8) * 8, '=') : text
}

const base58Digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58 in the Bitcoin alphabet; a leading `1` is a zero byte. */
export function decodeBase58(text: string): Buffer | undefined {
  let value = 0n
  for (const character of text) {
    const digit = base58Digits.indexOf(character)
    if (digit < 0) return undefined
    value = value * 58n + BigInt(digit)
  }
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  const hex = value === 0n ? '' : value.toString(16)
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')])
}

/** The inverse of {@link decodeBase58}. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0
  while (bytes[zeros] === 0) zeros += 1
  let value = bytes.length === 0 ? 0n : BigInt(`0x${encodeHex(bytes)}`)
  let text = ''
  for (; value > 0n; value /= 58n) text = `${base58Digits[Number(value % 58n)]}${text}`
  return '1'.repeat(zeros) + text
}

const modhexDigits = 'cbdefghijklnrtuv'

/** Yubico's keyboard-neutral hex of either case, an even number of digits. */
export function decodeModhex(text: string): Buffer | undefined {
  const lower = text.toLowerCase()
  if (lower.length % 2 !== 0 || !/^[cbdefghijklnrtuv]*$/.test(lower)) return undefined
  return Buffer.from(
    lower.replace(/./g, (digit) => modhexDigits.indexOf(digit).toString(16)),
    'hex',
  )
}

/** The inverse of {@link decodeModhex}. */
export function encodeModhex(bytes: Uint8Array): string {
  return encodeHex(bytes).replace(/./g, (digit) => modhexDigits.charAt(Number.parseInt(digit, 16)))
}

/** Digits of crypt(3): `./0-9A-Za-z`, value = position. */
export const h64Digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** crypt(3)'s base64: little-endian groups of three bytes, lowest six bits first, no padding. */
export function encodeH64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = Math.min(3, bytes.length - at)
    let group = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
    for (let digit = 0; digit <= left; digit++, group >>>= 6) text += h64Digits[group & 63]
  }
  return text
}

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const bcryptDigits = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Base64 in bcrypt's alphabet, without padding. */
export function encodeBcrypt64(bytes: Uint8Array): string {
  return encodeBase64Bare(bytes).replace(/./g, (digit) => bcryptDigits.charAt(base64Digits.indexOf(digit)))
}

/** UTF-8, strictly: undefined when the bytes are no valid text. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

const strictUtf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
