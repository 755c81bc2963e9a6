import {randomBytes} from 'node:crypto'

/** Gives that many secure random bytes: a security module's `random`, or {@link systemRandom}. */
export type RandomSource = (length: number) => Promise<Buffer> | Buffer

/** The operating system's generator, for what needs no security module. */
export const systemRandom: RandomSource = randomBytes

/** Bytes that {@link randomDigits} takes for so many digits (spec/02 §8.3). */
export function digitBytes(length: number): number {
  return Math.floor(length / 2.4 + 0.5)
}

/**
 * Decimal digits as the original derives them (spec/02 §8.3): random bytes as a big-endian number, padded with zeros on
 * the left or cut on the right.
 * @throws RangeError for fewer than 2 digits, for which the derivation has no bytes
 */
export async function randomDigits(length: number, random: RandomSource = systemRandom): Promise<string> {
  if (length < 2) throw new RangeError('At least 2 digits')
  const bytes = await random(digitBytes(length))
  return BigInt(`0x${bytes.toString('hex')}`)
    .toString()
    .padStart(length, '0')
    .slice(0, length)
}

/** Identifies a challenge: 20 digits (spec/02 §8.3). */
export function newTransactionId(random: RandomSource = systemRandom): Promise<string> {
  return randomDigits(20, random)
}

interface SerialParts {
  /** E.g. `OATH`. */
  prefix: string
  /** Tokens of that type so far; after a collision, plus the number of rows with the colliding serial. */
  count: number
  /** Characters after the prefix, setting `SerialLength`. */
  length?: number
  random?: RandomSource
}

/** A token serial: prefix, count in at least four digits, random hex up to the length (spec/02 §8.2). */
export async function newSerial({prefix, count, length = 8, random = systemRandom}: SerialParts): Promise<string> {
  const number = String(count).padStart(4, '0')
  const missing = length - number.length
  if (missing <= 0) return prefix + number
  const hex = (await random(missing)).toString('hex').toUpperCase()
  return prefix + number + hex.slice(0, missing)
}

const base32Characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The serial of installations with `PI_TOKEN_SERIAL_RANDOM`: prefix, 4 digits, the rest base32 (spec/02 §8.2). */
export async function newRandomSerial({
  prefix,
  length = 8,
  random = systemRandom,
}: Omit<SerialParts, 'count'>): Promise<string> {
  const digits = await randomCharacters('0123456789', 4, random)
  return prefix + digits + (await randomCharacters(base32Characters, Math.max(0, length - 4), random))
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `[A-Za-z0-9]`, for recovery codes, secrets of a new configuration and labels. */
export function randomAlphanumeric(length: number, random: RandomSource = systemRandom): Promise<string> {
  return randomCharacters(alphanumeric, length, random)
}

/**
 * Characters of an alphabet, each equally likely: bytes above the largest multiple of its size are thrown away.
 * @param alphabet up to 256 characters
 */
export async function randomCharacters(
  alphabet: string,
  length: number,
  random: RandomSource = systemRandom,
): Promise<string> {
  const usable = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of await random(length - text.length)) {
      if (byte < usable) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

/** Lower-case hex of so many random bytes: 20, 32 or 64 for the seeds of sha1, sha256, sha512; 20 for nonces. */
export async function randomHex(bytes: number, random: RandomSource = systemRandom): Promise<string> {
  return (await random(bytes)).toString('hex')
}
