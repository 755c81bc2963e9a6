import {createSHA256, createSHA512, type IHasher} from 'hash-wasm'
import {encodeH64} from '../encodings.js'
import {randomCharacters} from '../random.js'
import {h64Digits} from '../encodings.js'
import type {CryptScheme} from './contract.js'
import {integerParameter} from './parameters.js'

interface Family {
  name: string
  mark: '5' | '6'
  hasher: () => Promise<IHasher>
  /** Rounds of a new hash (spec/02 §6.5). */
  rounds: number
  /** Order in which the checksum's bytes are written, in groups of up to three, lowest first. */
  order: readonly (readonly number[])[]
}

/** Rounds without `rounds=`, and the range into which the others are put. */
const [defaultRounds, minRounds, maxRounds] = [5000, 1000, 999_999_999]

/** `$5$`/`$6$[rounds=<n>$]<salt, 16 at most>$<checksum>`: "Unix crypt using SHA-256 and SHA-512", version 0.6 (U. Drepper). */
function shaCrypt({name, mark, hasher, rounds: preset, order}: Family): CryptScheme {
  const form = new RegExp(`^\\$${mark}\\$(?:rounds=([0-9]{1,10})\\$)?([^$:\\n]{0,64})`)
  return {
    name,
    async compute(secret, setting) {
      const [, roundsText, longSalt] = form.exec(setting) ?? []
      if (longSalt === undefined) return undefined
      const salt = Buffer.from(longSalt, 'utf8').subarray(0, 16)
      const rounds = Math.min(maxRounds, Math.max(minRounds, Number(roundsText ?? defaultRounds)))
      const checksum = digest(await hasher(), secret, salt, rounds)
      const head = roundsText === undefined ? `$${mark}$` : `$${mark}$rounds=${rounds}$`
      const text = order.map((group) => encodeH64(Buffer.from(group.map((at) => checksum[at] ?? 0)))).join('')
      return `${head}${salt.toString('utf8')}$${text}`
    },
    async newSetting(parameters, random) {
      const range = {preset, min: minRounds, max: maxRounds}
      const rounds = integerParameter(parameters, ['rounds', 'default_rounds'], range)
      const length = integerParameter(parameters, ['salt_size'], {preset: 16, min: 0, max: 16})
      return `$${mark}$rounds=${rounds}$${await randomCharacters(h64Digits, length, random)}`
    },
  }
}

/** Steps 1 to 21 of the document. */
function digest(hasher: IHasher, secret: Buffer, salt: Buffer, rounds: number): Uint8Array {
  const hash = (...parts: Uint8Array[]) => {
    hasher.init()
    for (const part of parts) hasher.update(part)
    return Buffer.from(hasher.digest('binary'))
  }
  const b = hash(secret, salt, secret)
  const a = [secret, salt, repeat(b, secret.length)]
  for (let bits = secret.length; bits > 0; bits >>>= 1) a.push(bits & 1 ? b : secret)
  let state: Uint8Array = hash(...a)
  const p = repeat(hash(...Array<Buffer>(secret.length).fill(secret)), secret.length)
  const s = repeat(hash(...Array<Buffer>(16 + (state[0] ?? 0)).fill(salt)), salt.length)
  // One update a round: entering the hasher costs more than copying.
  const joined = Buffer.alloc(2 * p.length + s.length + state.length)
  for (let round = 0; round < rounds; round++) {
    let at = 0
    const add = (bytes: Uint8Array) => {
      joined.set(bytes, at)
      at += bytes.length
    }
    add(round & 1 ? p : state)
    if (round % 3) add(s)
    if (round % 7) add(p)
    add(round & 1 ? state : p)
    hasher.init()
    hasher.update(joined.subarray(0, at))
    state = hasher.digest('binary')
  }
  return state
}

/** `bytes` over and over, up to a length. */
function repeat(bytes: Uint8Array, length: number): Buffer {
  return Buffer.alloc(length, bytes)
}

/** Three bytes that rotate by one place and step through the digest. */
function rotating(count: number, step: number, next: (group: number[]) => number[]): number[][] {
  const groups = [[2 * step, step, 0]]
  while (groups.length < count) groups.push(next(groups.at(-1) ?? []))
  return groups
}

export const sha256Crypt = shaCrypt({
  hasher: createSHA256,
  mark: '5',
  name: 'sha256_crypt',
  order: [
    ...rotating(10, 10, ([low = 0, mid = 0, high = 0]) => [mid + 1, high + 1, low + 1].map((at) => at % 30)),
    [30, 31],
  ],
  rounds: 535_000,
})

export const sha512Crypt = shaCrypt({
  hasher: createSHA512,
  mark: '6',
  name: 'sha512_crypt',
  order: [
    ...rotating(21, 21, ([low = 0, mid = 0, high = 0]) => [high + 1, low + 1, mid + 1].map((at) => at % 63)),
    [63],
  ],
  rounds: 656_000,
})
