import {PiError} from '../../../lib/errors.js'
import type {DeviceReport} from '../../../lib/security-module.js'
import {reportKeys} from './keys.js'
import {chooseAesMode, reportMechanisms} from './mechanisms.js'
import {listSlots, sameToken} from './slots.js'
import type {Token} from './token.js'

export {Library} from './library.js'
export {listSlots, type TokenInSlot, type TokenSelector} from './slots.js'
export {Token, type TokenOptions, type TokenSession} from './token.js'

/** What a token, its slot and its library say of themselves. */
export async function reportDevice(token: Token, module: string): Promise<DeviceReport> {
  return token.run('Asking the token', ({js, p11, handle, slot}) => {
    const info = p11.C_GetInfo()
    const place = listSlots(p11).find(
      (candidate) =>
        candidate.handle.equals(slot) &&
        candidate.token &&
        token.identity &&
        sameToken(candidate.token, token.identity),
    )
    if (!place?.token) throw new PiError('UNAVAILABLE', `The ${token.description} is gone.`)
    const {label, serial, manufacturer, model} = place.token
    return {
      module,
      library: {
        path: token.library.path,
        manufacturer: info.manufacturerID.trim(),
        description: info.libraryDescription.trim(),
        version: version(info.libraryVersion),
        cryptoki: version(info.cryptokiVersion),
      },
      slot: place.slot,
      slotDescription: place.slotDescription,
      token: {label, serial, manufacturer, model},
      ...aesModeOf(() => chooseAesMode(js, p11, slot)),
      mechanisms: reportMechanisms(js, p11, slot),
      keys: reportKeys(js, p11, handle),
    }
  })
}

function version({major, minor}: {major: number; minor: number}): string {
  return `${major}.${minor}`
}

/** A token without AES can still serve the Encrypt-Key HSM module. */
function aesModeOf(choose: () => string): {aesMode?: string} {
  try {
    return {aesMode: choose()}
  } catch (error) {
    if (error instanceof PiError) return {}
    throw error
  }
}
