import {createHash, verifyHash, type HashEnvironment} from './password-hash.js'
import type {HashPool} from './password-hash/hash-pool.js'

/** Independent of the configuration (spec/02 §6.4); memory and lanes as the original writes them (interop data). */
const parameters = {memory_cost: 102_400, parallelism: 8, rounds: 9}

/** A full password for the table `authcache`, without pepper. @throws PiError UNAVAILABLE */
export function hashCachedPassword(password: string, environment: HashEnvironment = {}): Promise<string> {
  return createHash('argon2', password, parameters, environment)
}

/** Undefined for a row that no longer counts: an old form, to be removed. @throws PiError UNAVAILABLE */
export async function verifyCachedPassword(
  password: string,
  stored: string,
  pool?: HashPool,
): Promise<boolean | undefined> {
  return stored.startsWith('$argon2') ? verifyHash('argon2', password, stored, pool) : undefined
}
