import type {Algorithm, Version} from '@node-rs/argon2'
import {PiError} from '../../errors.js'
import {sameBytes} from '../compare.js'
import {decodeBase64, encodeBase64Bare} from '../encodings.js'
import type {DirectScheme, HashParameters} from './contract.js'
import {integerParameter} from './parameters.js'

interface Argon2Hash {
  algorithm: Algorithm
  version: Version
  memoryCost: number
  timeCost: number
  parallelism: number
  salt: Buffer
  checksum: Buffer
}

const types = ['d', 'i', 'id'] as const

/**
 * `$argon2{id,i,d}$[v=N$]m=<KiB>,t=<passes>,p=<lanes>$<salt>$<checksum>` (RFC 9106; PHC string format). Without `v=` it
 * is version 0x10. Parameters of a check are those of the hash.
 */
export const argon2: DirectScheme = {
  name: 'argon2',
  memoryKib: (stored) => parse(stored)?.memoryCost ?? 0,
  newMemoryKib: (parameters) => costOf(parameters).memoryCost,
  async verify(secret, stored) {
    const parsed = parse(stored)
    if (!parsed) return false
    const {checksum, ...options} = parsed
    const {hashRaw} = await import('@node-rs/argon2')
    const found = await hashRaw(secret, {...options, outputLen: checksum.length})
    return sameBytes(found, checksum)
  },
  async create(secret, parameters, random) {
    const {saltBytes, outputLen, ...cost} = costOf(parameters)
    const salt = await random(saltBytes)
    const {hashRaw} = await import('@node-rs/argon2')
    const checksum = await hashRaw(secret, {...cost, outputLen, salt, version: 1 as Version})
    const {algorithm, memoryCost, timeCost, parallelism} = cost
    const head = `$argon2${types[algorithm]}$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}`
    return `${head}$${encodeBase64Bare(salt)}$${encodeBase64Bare(checksum)}`
  },
}

/** The presets are what the original writes with the libraries it names: a checksum of 16 bytes (interop data). */
function costOf(parameters: HashParameters) {
  const parallelism = integerParameter(parameters, ['parallelism'], {preset: 4, min: 1, max: 255})
  return {
    algorithm: typeOf(parameters['type']),
    memoryCost: integerParameter(parameters, ['memory_cost'], {preset: 65_536, min: 8 * parallelism, max: 4_194_304}),
    outputLen: integerParameter(parameters, ['hash_len', 'digest_size'], {preset: 16, min: 4, max: 1024}),
    parallelism,
    saltBytes: integerParameter(parameters, ['salt_size', 'salt_len'], {preset: 16, min: 8, max: 1024}),
    timeCost: integerParameter(parameters, ['rounds', 'time_cost', 'default_rounds'], {preset: 9, min: 1, max: 1000}),
  }
}

function typeOf(value: unknown = 'ID'): Algorithm {
  const at = typeof value === 'string' ? types.findIndex((type) => type === value.toLowerCase()) : -1
  if (at < 0) throw new PiError('CONFIG', "PI_HASH_ALGO_PARAMS: 'argon2__type' must be ID, I or D.")
  return at as Algorithm
}

const form =
  /^\$argon2(id|i|d)\$(?:v=(\d{1,3})\$)?m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parse(stored: string): Argon2Hash | undefined {
  const [, type, version = '16', m, t, p, saltText = '', checksumText = ''] = form.exec(stored) ?? []
  const salt = decodeBase64(saltText)
  const checksum = decodeBase64(checksumText)
  const algorithm = types.findIndex((known) => known === type)
  const [memoryCost, timeCost, parallelism] = [Number(m), Number(t), Number(p)]
  if (algorithm < 0 || !salt || !checksum || !['16', '19'].includes(version)) return undefined
  // Outside of these RFC 9106 §3.1 defines nothing, and the library refuses.
  const possible = memoryCost >= 8 * parallelism && timeCost >= 1 && parallelism >= 1 && parallelism <= 255
  if (!possible || salt.length < 8 || checksum.length < 4) return undefined
  return {
    algorithm: algorithm as Algorithm,
    version: (version === '19' ? 1 : 0) as Version,
    memoryCost,
    timeCost,
    parallelism,
    salt,
    checksum,
  }
}
