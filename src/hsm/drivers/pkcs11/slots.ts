import type {PKCS11} from 'pkcs11js'
import {PiError} from '../../../lib/errors.js'
import {CKR, describeReturnCode, returnCodeOf} from './errors.js'

/** How a configuration names the token that it means. */
export interface TokenSelector {
  /** Slot number; -1: the only slot there is. */
  slot?: number | undefined
  /** Label of the token, whole. */
  tokenLabel?: string | undefined
  /** Serial number of the token, whole. */
  tokenSerial?: string | undefined
  /** How the description of the slot starts (Encrypt-Key HSM, spec/02 §11.4). */
  slotName?: string | undefined
}

/** A token in a slot; texts without the padding of PKCS#11. */
export interface TokenInSlot {
  /** Handle of the slot: CK_SLOT_ID in the byte order of this machine. */
  readonly handle: Buffer
  readonly slot: number
  readonly slotDescription: string
  /** Absent when the slot is empty. */
  readonly token: TokenIdentity | undefined
}

/** What stays the same when a token moves to another slot. */
export interface TokenIdentity {
  readonly label: string
  readonly serial: string
  readonly manufacturer: string
  readonly model: string
  /** CKF_… flags of C_GetTokenInfo. */
  readonly flags: number
  /** Most sessions at a time; absent when the token does not limit them. */
  readonly maxSessions: number | undefined
}

/** All slots, empty ones included, as the original lists them. */
export function listSlots(p11: PKCS11): TokenInSlot[] {
  return p11.C_GetSlotList(false).map((handle) => ({
    handle,
    slot: slotNumber(handle),
    slotDescription: trim(p11.C_GetSlotInfo(handle).slotDescription),
    token: tokenIn(p11, handle),
  }))
}

/**
 * The slot that a configuration means: by serial, by label, by number, by the start of its description, or the only one.
 * @throws PiError CONFIG (no such slot or token, or not the only one), UNAVAILABLE (no slots at all, slot empty)
 */
export function chooseSlot(slots: readonly TokenInSlot[], selector: TokenSelector): TokenInSlot {
  const {slot, tokenLabel, tokenSerial, slotName} = selector
  if (slots.length === 0) {
    throw new PiError('UNAVAILABLE', 'No HSM connected. No slots found.', {
      hints: ['Is the device plugged in and its service running?'],
    })
  }
  if (tokenSerial !== undefined || tokenLabel !== undefined) {
    const found = slots.filter(
      ({token}) =>
        token &&
        (tokenSerial === undefined || token.serial === tokenSerial) &&
        (tokenLabel === undefined || token.label === tokenLabel),
    )
    return onlyOne(
      found,
      slots,
      [tokenSerial && `serial ${tokenSerial}`, tokenLabel && `label '${tokenLabel}'`].filter(Boolean).join(' and '),
    )
  }
  if (slot !== undefined && slot >= 0) {
    const found = slots.find((candidate) => candidate.slot === slot)
    if (found) return present(found)
    throw new PiError('CONFIG', `Slot ${slot} not present.`, {
      hints: [listing(slots), 'PI_HSM_MODULE_TOKEN_LABEL or _TOKEN_SERIAL find a token whatever slot it is in'],
    })
  }
  if (slots.length === 1) return present(slots[0] as TokenInSlot)
  if (slotName !== undefined) {
    const found = slots.find((candidate) => candidate.slotDescription.startsWith(slotName))
    if (found) return present(found)
    throw new PiError('CONFIG', `Slot ${slotName} not present.`, {hints: [listing(slots)]})
  }
  // Some modules always show one more, empty slot: the only token is what is meant.
  return onlyOne(
    slots.filter(({token}) => token?.label),
    slots,
    undefined,
  )
}

/**
 * The slot in which a token known from before sits now.
 * @throws PiError UNAVAILABLE
 */
export function findAgain(slots: readonly TokenInSlot[], identity: TokenIdentity): TokenInSlot {
  const found = slots.find(({token}) => token && sameToken(token, identity))
  if (found) return found
  throw new PiError('UNAVAILABLE', `The token '${identity.label}' (serial ${identity.serial}) is gone.`, {
    hints: [listing(slots)],
  })
}

/** Whether two are the same token: serial numbers are unique per manufacturer and model. */
export function sameToken(one: TokenIdentity, other: TokenIdentity): boolean {
  return (
    one.serial === other.serial &&
    one.label === other.label &&
    one.manufacturer === other.manufacturer &&
    one.model === other.model
  )
}

/** CK_SLOT_ID and object handles are unsigned longs in the byte order of the machine. */
export function slotNumber(handle: Buffer): number {
  return handle.length === 8 ? Number(handle.readBigUInt64LE()) : handle.readUInt32LE()
}

function tokenIn(p11: PKCS11, handle: Buffer): TokenIdentity | undefined {
  try {
    const info = p11.C_GetTokenInfo(handle)
    return {
      label: trim(info.label),
      serial: trim(info.serialNumber),
      manufacturer: trim(info.manufacturerID),
      model: trim(info.model),
      flags: info.flags,
      // 0 is CK_EFFECTIVELY_INFINITE, all bits set CK_UNAVAILABLE_INFORMATION.
      maxSessions: info.maxSessionCount > 0 && info.maxSessionCount < 0xffff_ffff ? info.maxSessionCount : undefined,
    }
  } catch (error) {
    const rv = returnCodeOf(error)
    // An empty slot; a dead device must show as what it is.
    if (rv === CKR.tokenNotPresent || (rv !== undefined && describeReturnCode(rv).name === 'CKR_TOKEN_NOT_RECOGNIZED'))
      return undefined
    throw error
  }
}

function onlyOne(found: readonly TokenInSlot[], slots: readonly TokenInSlot[], what: string | undefined): TokenInSlot {
  if (found.length === 1) return found[0] as TokenInSlot
  const message =
    found.length === 0
      ? `There is no token${what ? ` with ${what}` : ''}.`
      : `There are ${found.length} tokens${what ? ` with ${what}` : ''}; the configuration must say which.`
  throw new PiError('CONFIG', message, {
    hints: [listing(slots), 'Set PI_HSM_MODULE_TOKEN_SERIAL, PI_HSM_MODULE_TOKEN_LABEL or PI_HSM_MODULE_SLOT'],
  })
}

function present(slot: TokenInSlot): TokenInSlot {
  if (slot.token) return slot
  throw new PiError('UNAVAILABLE', `There is no token in slot ${slot.slot}.`, {
    hints: ['Put it in, or name another slot'],
  })
}

function listing(slots: readonly TokenInSlot[]): string {
  const texts = slots.map(
    ({slot, token}) => `${slot} (${token ? `'${token.label}', serial ${token.serial}` : 'empty'})`,
  )
  return `Slots of this module: ${texts.join(', ')}`
}

/** PKCS#11 pads with blanks; some modules with zero bytes. */
function trim(text: string): string {
  return text.replace(/[\0 ]+$/, '')
}
