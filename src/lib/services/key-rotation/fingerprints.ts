import {fingerprint} from '../../crypto/key-fingerprint.js'
import {PiError} from '../../errors.js'
import {keySlots, type SecurityModule} from '../../security-module.js'
import type {Fingerprints} from './run-state.js'

/** Of the three keys of a module; null where there is none. @throws PiError UNAVAILABLE, CONFIG (no key that is needed) */
export async function fingerprintsOf(module: SecurityModule): Promise<Fingerprints> {
  const found: Fingerprints = {token: null, config: null, value: null}
  for (const slot of keySlots) {
    try {
      found[slot] = await fingerprint(module, slot)
    } catch (error) {
      // The third key is reserved, and may be missing.
      if (slot !== 'value' || !(error instanceof PiError) || error.code !== 'CONFIG') throw error
    }
  }
  return found
}

/** Whether one of the keys that are used is another one. */
export function differ(one: Fingerprints, other: Fingerprints): boolean {
  return one.token !== other.token || one.config !== other.config
}
