import type {Settings} from '../lib/config/settings.js'
import {fingerprint} from '../lib/crypto/key-fingerprint.js'
import {PiError, reasonOf} from '../lib/errors.js'
import {
  hasAbility,
  keySlots,
  type DeviceModule,
  type DeviceReport,
  type KeySlot,
  type SecurityModule,
} from '../lib/security-module.js'
import {Library, listSlots} from './drivers/pkcs11/index.js'
import {asPiError} from './drivers/pkcs11/errors.js'

/** A slot as `hsm list` shows it; token fields are absent for an empty slot. */
export interface SlotRow {
  slot: number
  description: string
  label?: string
  serial?: string
  manufacturer?: string
  model?: string
  initialized: boolean
  pinSet: boolean
  loginRequired: boolean
  pinLocked: boolean
}

/** All slots of a PKCS#11 library and the tokens in them; nobody logs in. @throws PiError CONFIG, UNAVAILABLE */
export async function listTokens(libraryPath: string): Promise<SlotRow[]> {
  const library = await Library.open(libraryPath)
  try {
    return await library.use((p11) => {
      const {CKF_LOGIN_REQUIRED, CKF_TOKEN_INITIALIZED, CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_LOCKED} = library.js
      return listSlots(p11).map(({slot, slotDescription, token}) => {
        const has = (flag: number): boolean => token !== undefined && (token.flags & flag) !== 0
        return {
          slot,
          description: slotDescription,
          ...(token && {
            label: token.label,
            serial: token.serial,
            manufacturer: token.manufacturer,
            model: token.model,
          }),
          initialized: has(CKF_TOKEN_INITIALIZED),
          pinSet: has(CKF_USER_PIN_INITIALIZED),
          loginRequired: has(CKF_LOGIN_REQUIRED),
          pinLocked: has(CKF_USER_PIN_LOCKED),
        }
      })
    })
  } catch (error) {
    throw asPiError(error, `Listing the slots of ${libraryPath}`)
  } finally {
    await library.release()
  }
}

/** The PKCS#11 library that a configuration names. @throws PiError CONFIG */
export function libraryOf(settings: Settings): string {
  const path = settings.path('PI_HSM_MODULE_MODULE')
  if (path !== undefined) return path
  throw new PiError('CONFIG', 'The configuration names no PKCS#11 library (PI_HSM_MODULE_MODULE).', {
    hints: ['Name one with --module FILE, e.g. /usr/lib/softhsm/libsofthsm2.so'],
  })
}

/** What a module says of itself, and which keys it has. */
export interface ModuleStatus {
  module: string
  /** Whether keys can be used now. */
  ready: boolean
  /** Why it is not ready. */
  reason?: string
  /** Fingerprint of each key, or null where there is none. */
  fingerprints: Record<KeySlot, string | null>
  device?: DeviceReport
}

/** @throws PiError UNAVAILABLE when the device fails meanwhile */
export async function moduleStatus(module: SecurityModule): Promise<ModuleStatus> {
  const fingerprints: Record<KeySlot, string | null> = {token: null, config: null, value: null}
  let reason: string | undefined
  for (const slot of keySlots) {
    try {
      fingerprints[slot] = await fingerprint(module, slot)
    } catch (error) {
      // The third key is reserved: nothing is encrypted with it.
      if (slot !== 'value') reason ??= reasonOf(error)
    }
  }
  const device = hasAbility<DeviceModule>(module, 'report') ? await module.report() : undefined
  return {
    module: module.description,
    ready: reason === undefined,
    ...(reason !== undefined && {reason}),
    fingerprints,
    ...(device && {device}),
  }
}
