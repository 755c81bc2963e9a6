import {gunzipSync, gzipSync} from 'node:zlib'
import {PiError} from '../errors.js'

/** Sets of ids as ranges with both ends, flat and ascending: `[1, 5, 9, 9]` are 1 to 5 and 9. */
export type IdRanges = number[]

/** Gathers ids that come in any order, mostly ascending. */
export class RangeCollector {
  #ranges: IdRanges = []
  #disordered = false

  add(from: number, to = from): void {
    const end = this.#ranges.at(-1)
    if (end !== undefined && from === end + 1) {
      this.#ranges[this.#ranges.length - 1] = to
      return
    }
    if (end !== undefined && from <= end) this.#disordered = true
    this.#ranges.push(from, to)
  }

  get ranges(): IdRanges {
    if (this.#disordered) {
      this.#ranges = normalised(this.#ranges)
      this.#disordered = false
    }
    return this.#ranges
  }
}

export function unionOf(...sets: readonly IdRanges[]): IdRanges {
  return normalised(sets.flat())
}

/** What is in the first set and not in the second. */
export function subtract(set: IdRanges, other: IdRanges): IdRanges {
  const left: IdRanges = []
  let at = 0
  for (let index = 0; index < set.length; index += 2) {
    let from = set[index]!
    const to = set[index + 1]!
    while (at < other.length && other[at + 1]! < from) at += 2
    for (let inner = at; inner < other.length && other[inner]! <= to && from <= to; inner += 2) {
      if (other[inner]! > from) left.push(from, other[inner]! - 1)
      from = Math.max(from, other[inner + 1]! + 1)
    }
    if (from <= to) left.push(from, to)
  }
  return left
}

/** What lies between 1 and `last` and is not in the set. */
export function missingOf(set: IdRanges, last: number): IdRanges {
  return last < 1 ? [] : subtract([1, last], set)
}

export function countOf(set: IdRanges): number {
  let count = 0
  for (let index = 0; index < set.length; index += 2) count += set[index + 1]! - set[index]! + 1
  return count
}

export function pairsOf(set: IdRanges): [number, number][] {
  const pairs: [number, number][] = []
  for (let index = 0; index < set.length; index += 2) pairs.push([set[index]!, set[index + 1]!])
  return pairs
}

/** Base64 of the gzip of variable-length distances; regular sets become very short. */
export function encodeRanges(set: IdRanges): string {
  const bytes: number[] = []
  let before = 0
  for (const end of set) {
    let rest = end - before
    before = end
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  return gzipSync(Uint8Array.from(bytes)).toString('base64')
}

/** @throws PiError INTEGRITY */
export function decodeRanges(text: string): IdRanges {
  const set: IdRanges = []
  try {
    let [before, value, place] = [0, 0, 1]
    for (const byte of gunzipSync(Buffer.from(text, 'base64'))) {
      value += (byte % 128) * place
      if (byte >= 128) {
        place *= 128
        continue
      }
      before += value
      set.push(before)
      ;[value, place] = [0, 1]
    }
  } catch (error) {
    throw new PiError('INTEGRITY', 'A list of row numbers is damaged.', {cause: error})
  }
  if (set.length % 2 !== 0) throw new PiError('INTEGRITY', 'A list of row numbers is cut off.')
  return set
}

function normalised(set: IdRanges): IdRanges {
  const pairs = pairsOf(set).sort((a, b) => a[0] - b[0])
  const out: IdRanges = []
  for (const [from, to] of pairs) {
    const end = out.at(-1)
    if (end !== undefined && from <= end + 1) out[out.length - 1] = Math.max(end, to)
    else out.push(from, to)
  }
  return out
}
