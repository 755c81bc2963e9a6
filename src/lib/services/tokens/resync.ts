import {decodeHex} from '../../crypto/encodings.js'
import {findCounter, hotp, otpHash, type HotpOptions} from '../../crypto/otp/hotp.js'
import {decryptTokenSecret} from '../../crypto/secret-values.js'
import {sameText} from '../../crypto/compare.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {TokenInfoRepository} from '../../store/token-info.js'
import {TokenRepository} from '../../store/tokens.js'
import type {Token} from '../../types/token.js'
import {requireUnlocked} from './locked.js'

const defaultStepSeconds = 30

/** What two consecutive values of a device tell: the counter that is next, and for time-based ones the drift. */
interface Synchronised {
  count: number
  /** Seconds the device is ahead. */
  timeShift?: number
}

/**
 * Moves the counter of a token to where its device is, shown by two consecutive values (spec/06-token-types.md §1.2,
 * §1.3). The counter never goes back: values that were used before are not found.
 * @returns false when the two values are not found within the sync window
 * @throws PiError REFUSED for a type that has no counter, LockedToken
 */
export async function resync(
  tx: Database,
  token: Token,
  {first, second, now, security}: {first: string; second: string; now: Date; security: SecurityModule},
): Promise<boolean> {
  requireUnlocked(token)
  if (token.tokentype !== 'hotp' && token.tokentype !== 'totp') {
    throw new PiError('REFUSED', `A token of the type ${token.tokentype} has no counter to synchronise.`)
  }
  const secret = await decryptTokenSecret(security, {ciphertext: token.keyEnc, iv: token.keyIv})
  const key = decodeHex(secret.toString('utf8'))
  if (!key) throw new PiError('INTEGRITY', `The secret of ${token.serial} is not the hex text of a key.`)
  const infos = (await new TokenInfoRepository(tx).of([token.id])).get(token.id) ?? []
  const info = new Map(infos.map((entry) => [entry.key, entry.value]))
  const options = {algorithm: otpHash(info.get('hashlib')), digits: token.otplen}

  const found =
    token.tokentype === 'hotp'
      ? synchroniseCounter(key, token, first, second, options)
      : synchroniseClock(key, token, first, second, {...options, info, now, nearest: !tx.schema.hasTable('serviceid')})
  if (!found) return false
  if (!(await new TokenRepository(tx).update(token.id, {count: found.count}, {count: token.count}))) return false
  if (found.timeShift !== undefined) {
    await new TokenInfoRepository(tx).set(token.id, {key: 'timeShift', value: pythonFloat(found.timeShift), type: ''})
  }
  return true
}

function synchroniseCounter(
  key: Uint8Array,
  token: Token,
  first: string,
  second: string,
  options: HotpOptions,
): Synchronised | undefined {
  let from = token.count
  const end = token.count + token.syncWindow
  for (;;) {
    const counter = findCounter(key, first, {...options, first: from, end})
    if (counter === undefined) return undefined
    if (sameText(hotp(key, counter + 1, options), second)) return {count: counter + 2}
    from = counter + 1
  }
}

interface ClockOptions extends HotpOptions {
  info: ReadonlyMap<string, string>
  now: Date
  /** 3.8 takes the nearest time step, later releases the one that has begun. */
  nearest: boolean
}

function synchroniseClock(
  key: Uint8Array,
  token: Token,
  first: string,
  second: string,
  {info, now, nearest, ...options}: ClockOptions,
): Synchronised | undefined {
  const step = Number(info.get('timeStep')) || defaultStepSeconds
  const shift = Number(info.get('timeShift')) || 0
  const time = now.getTime() / 1000
  const centre = Math.trunc((time + shift) / step + (nearest ? 0.5 : 0))
  for (
    let counter = Math.max(token.count, centre - token.syncWindow - 1);
    counter < centre + token.syncWindow;
    counter++
  ) {
    if (!sameText(hotp(key, counter, options), first)) continue
    if (!sameText(hotp(key, counter + 1, options), second)) continue
    return {count: counter + 2, timeShift: (counter + 1.5) * step - time}
  }
  return undefined
}

/** As Python writes a floating point number: always with a point. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
