import {timingSafeEqual} from 'node:crypto'

/** Compares in a time that depends on the lengths only. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Compares two texts as UTF-8 in a time that depends on the lengths only. */
export function sameText(left: string, right: string): boolean {
  return sameBytes(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'))
}
