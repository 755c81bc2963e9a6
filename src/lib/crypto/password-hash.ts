import {createHmac, randomBytes} from 'node:crypto'
import type {Settings} from '../config/settings.js'
import {PiError} from '../errors.js'
import {sameText} from './compare.js'
import type {HashParameters, HashScheme} from './password-hash/contract.js'
import {HashPool} from './password-hash/hash-pool.js'
import {identifyScheme, isScheme, loadScheme} from './password-hash/registry.js'
import {computeInWorker} from './password-hash/worker-threads.js'
import {systemRandom, type RandomSource} from './random.js'

/** What a hashing context needs; everything has a default. */
export interface HashEnvironment {
  pool?: HashPool
  random?: RandomSource
}

/** Passwords checked on behalf of this process share one bounded pool unless they bring their own. */
const processPool = new HashPool()

/** The original's defaults of `PI_HASH_ALGO_LIST` and `PI_HASH_ALGO_PARAMS` (spec/02 §6.1). */
const defaultSchemes = ['argon2', 'pbkdf2_sha512']
const defaultParameters = {argon2__rounds: 9}

/**
 * The hash schemes of an installation: the first one hashes, any of them verifies, by the parameters found in the hash
 * (spec/02 §6.1). For OTP PINs, and with a pepper in front for administrators and recovery codes.
 */
export class PasswordContext {
  readonly #schemes: readonly string[]
  readonly #parameters: Readonly<Record<string, unknown>>
  readonly #pool: HashPool
  readonly #random: RandomSource

  constructor(
    schemes: readonly string[] = defaultSchemes,
    parameters: Readonly<Record<string, unknown>> = {},
    {pool = processPool, random = systemRandom}: HashEnvironment = {},
  ) {
    this.#schemes = schemes
    this.#parameters = {...defaultParameters, ...parameters}
    this.#pool = pool
    this.#random = random
  }

  /** @throws PiError CONFIG when the two settings have another shape */
  static fromSettings(settings: Settings, environment: HashEnvironment = {}): PasswordContext {
    const schemes = settings.get('PI_HASH_ALGO_LIST') ?? defaultSchemes
    const parameters = settings.get('PI_HASH_ALGO_PARAMS') ?? {}
    if (!Array.isArray(schemes) || schemes.length === 0 || !schemes.every((name) => typeof name === 'string')) {
      throw new PiError('CONFIG', 'PI_HASH_ALGO_LIST must be a list of names of hash schemes.')
    }
    if (typeof parameters !== 'object' || Array.isArray(parameters) || Buffer.isBuffer(parameters)) {
      throw new PiError('CONFIG', 'PI_HASH_ALGO_PARAMS must be a dictionary.')
    }
    return new PasswordContext(schemes, {...parameters}, environment)
  }

  /** Hashes with the first scheme. @throws PiError CONFIG (unsupported scheme, bad parameter), INVALID_INPUT, UNAVAILABLE */
  async hash(secret: string): Promise<string> {
    const [name = ''] = this.#schemes
    if (!isScheme(name)) throw unsupported(name)
    return createHash(name, secret, this.#parametersOf(name), {pool: this.#pool, random: this.#random})
  }

  /** The scheme of a stored hash, among those of the installation. */
  identify(stored: string): string | undefined {
    return identifyScheme(stored, this.#schemes)
  }

  /**
   * False for the wrong secret, no hash, and a hash of none of the schemes.
   * @throws PiError CONFIG (it may belong to a scheme that is not supported), UNAVAILABLE
   */
  async verify(secret: string, stored: string | null | undefined): Promise<boolean> {
    if (!stored) return false
    const name = this.identify(stored)
    if (name) return verifyHash(name, secret, stored, this.#pool)
    const unknown = this.#schemes.find((scheme) => !isScheme(scheme))
    if (unknown !== undefined) throw unsupported(unknown)
    return false
  }

  #parametersOf(name: string): HashParameters {
    const head = `${name}__`
    return Object.fromEntries(
      Object.entries(this.#parameters).flatMap(([key, value]) =>
        key.startsWith(head) ? [[key.slice(head.length), value]] : [],
      ),
    )
  }
}

/**
 * Checks a secret against a hash of a known scheme, off the event loop.
 * @throws PiError UNAVAILABLE
 */
export async function verifyHash(name: string, secret: string, stored: string, pool = processPool): Promise<boolean> {
  const scheme = await loadScheme(name)
  const bytes = Buffer.from(secret, 'utf8')
  return pool.run({
    key: sharingKey(name, bytes, stored),
    memoryKib: scheme.memoryKib?.(stored) ?? 0,
    run: () => verifyWith(scheme, bytes, stored),
  })
}

/**
 * A new hash of a known scheme, off the event loop.
 * @throws PiError CONFIG (bad parameter), INVALID_INPUT (secret that the scheme cannot take), UNAVAILABLE
 */
export async function createHash(
  name: string,
  secret: string,
  parameters: HashParameters = {},
  {pool = processPool, random = systemRandom}: HashEnvironment = {},
): Promise<string> {
  const scheme = await loadScheme(name)
  const bytes = Buffer.from(secret, 'utf8')
  return pool.run({
    memoryKib: scheme.newMemoryKib?.(parameters) ?? 0,
    // New hashes are made one by one, or thousands at a time by an import that would rather wait than fail.
    patient: true,
    run: () => createWith(scheme, bytes, parameters, random),
  })
}

async function verifyWith(scheme: HashScheme, secret: Buffer, stored: string): Promise<boolean> {
  if ('verify' in scheme) return scheme.verify(secret, stored)
  // crypt(3) ends its password at a NUL character, so such a password would match a shorter one.
  if (secret.includes(0)) return false
  const found = await computeInWorker({scheme: scheme.name, secret, setting: stored})
  return found !== undefined && sameText(found, stored)
}

async function createWith(
  scheme: HashScheme,
  secret: Buffer,
  parameters: HashParameters,
  random: RandomSource,
): Promise<string> {
  if ('create' in scheme) return scheme.create(secret, parameters, random)
  if (secret.includes(0)) {
    throw new PiError('INVALID_INPUT', `A password for ${scheme.name} must not contain NUL characters.`)
  }
  const setting = await scheme.newSetting(parameters, random)
  const found = await computeInWorker({scheme: scheme.name, secret, setting})
  if (found === undefined) throw new PiError('INTERNAL', `${scheme.name} refused its own setting.`)
  return found
}

/** Same hash and same secret, without keeping either: a key of this process only. */
const sharingSecret = randomBytes(32)

function sharingKey(name: string, secret: Buffer, stored: string): string {
  const mac = createHmac('sha256', sharingSecret).update(JSON.stringify([name, stored, secret.length]))
  return mac.update(secret).digest('base64')
}

function unsupported(name: string): PiError {
  return new PiError('CONFIG', `The password hash scheme '${name}' (PI_HASH_ALGO_LIST) is not supported.`)
}
