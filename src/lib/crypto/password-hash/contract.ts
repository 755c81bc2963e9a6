import type {RandomSource} from '../random.js'

/** Settings of one scheme from `PI_HASH_ALGO_PARAMS`, without the prefix `<scheme>__`. */
export type HashParameters = Readonly<Record<string, unknown>>

interface SchemeBase {
  /** As passlib calls it, which is how `PI_HASH_ALGO_LIST` names it. */
  readonly name: string
  /** Memory that checking this hash takes; small when absent. */
  memoryKib?(stored: string): number
  /** The same for a new hash. */
  newMemoryKib?(parameters: HashParameters): number
}

/** A scheme that runs in libuv's threads or costs nothing. */
export interface DirectScheme extends SchemeBase {
  /** Malformed hashes and secrets that the scheme cannot take are false. */
  verify(secret: Buffer, stored: string): Promise<boolean>
  /** @throws PiError CONFIG (bad parameter), INVALID_INPUT (secret that the scheme cannot take) */
  create(secret: Buffer, parameters: HashParameters, random: RandomSource): Promise<string>
}

/** A scheme computed in JavaScript, hence in a worker thread: the stored hash is also its own setting, as in crypt(3). */
export interface CryptScheme extends SchemeBase {
  /** The whole hash string for a secret; undefined when the setting is malformed. Runs in the worker. */
  compute(secret: Buffer, setting: string): Promise<string | undefined>
  /** The setting of a new hash: prefix, cost, salt. @throws PiError CONFIG */
  newSetting(parameters: HashParameters, random: RandomSource): Promise<string>
}

export type HashScheme = DirectScheme | CryptScheme
