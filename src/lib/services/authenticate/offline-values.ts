import {sameText} from '../../crypto/compare.js'
import {findCounter, hotp} from '../../crypto/otp/hotp.js'
import {pbkdf2Sha512} from '../../crypto/password-hash/pbkdf2.js'
import {MachineTokenRepository} from '../../store/machine-tokens.js'
import {oathKey, oathOptions} from '../../tokens/shared/oath.js'
import {settingIsOn} from '../../tokens/shared/values.js'
import type {CheckToken} from './check-token.js'
import {parameterError, validateError} from './errors.js'
import {checkPin, splitPass, type SplitPass} from './pins.js'
import type {CheckSession} from './session.js'

/** Values that a machine may accept while it is offline, as hashes (spec/11 §F5). */
export interface OfflineItem {
  /** Counter → `$pbkdf2-sha512$…` of PIN and OTP. */
  response: Record<string, string>
  /** Proves the next time that this machine has these values; 40 random bytes in hex. */
  refilltoken: string
  serial: string
}

const infoKey = 'refilltoken'
/** Values and rounds where the attachment says nothing. */
const usual = {count: 100, rounds: 6549}
/** More than anybody needs, and few enough to compute during a login. */
const most = {count: 1000, rounds: 100_000}

/** Options of the attachment for use offline; undefined when there is none, or the type has no counter. */
export async function offlineOptions(
  session: CheckSession,
  token: CheckToken,
): Promise<Map<string, string> | undefined> {
  if (token.type !== 'hotp') return undefined
  return new MachineTokenRepository(session.services.db).optionsOf(token.id, 'offline')
}

/**
 * Sets values aside for a machine: the counter moves behind them.
 * @param options of the attachment: `count` values, hashed with `rounds`
 */
export async function setAside(
  session: CheckSession,
  token: CheckToken,
  {pin, options, count = integer(options, 'count')}: {pin: string; options: Map<string, string>; count?: number},
): Promise<OfflineItem> {
  token.refuseIfLocked()
  const {security} = session.services
  const key = await oathKey(token, session.env(token, undefined))
  const first = token.count
  const prepends = settingIsOn(session.setting('PrependPin'), true)
  const rounds = integer(options, 'rounds')
  const hashes = await Promise.all(
    Array.from({length: count}, async (_, at) => {
      const otp = hotp(key, first + at, oathOptions(token))
      const secret = Buffer.from(prepends ? pin + otp : otp + pin, 'utf8')
      const hash = await pbkdf2Sha512.create(secret, {rounds, salt_size: 10}, (length) => security.random(length))
      return [String(first + at), hash] as const
    }),
  )
  const refilltoken = (await security.random(40)).toString('hex')
  token.apply([
    {change: 'count', to: first + count},
    {change: 'info', key: infoKey, value: refilltoken},
  ])
  return {response: Object.fromEntries(hashes), refilltoken, serial: token.serial}
}

/**
 * As many new values as were used: the last password that the machine accepted tells how many. Its PIN is checked, which
 * 3.8 forgets.
 * @throws RequestError 905, 401
 */
export async function refill(
  session: CheckSession,
  token: CheckToken,
  {pass, refilltoken}: {pass: string; refilltoken: string},
): Promise<OfflineItem> {
  const options = await offlineOptions(session, token)
  const expected = token.detail(infoKey)
  if (!options || !expected || !sameText(expected, refilltoken)) {
    throw parameterError('Token is not an offline token or refill token is incorrect')
  }
  const split = splitPass(session, token, pass)
  if (!split) throw parameterError('Could not split password')
  const count = integer(options, 'count')
  const used = await usedCounter(session, token, split, count)
  if (used === undefined || !(await checkPin(session, token, split.pin, undefined))) {
    throw validateError('You provided a wrong OTP value.')
  }
  token.setInfo('offline_counter', String(count))
  const first = Math.max(0, token.count - count)
  return setAside(session, token, {pin: split.pin, options, count: used - first + 1})
}

async function usedCounter(
  session: CheckSession,
  token: CheckToken,
  {otp}: SplitPass,
  count: number,
): Promise<number | undefined> {
  const key = await oathKey(token, session.env(token, undefined))
  const first = Math.max(0, token.count - count)
  return findCounter(key, otp, {first, end: first + count, ...oathOptions(token)})
}

function integer(options: Map<string, string>, name: 'count' | 'rounds'): number {
  const text = options.get(name)?.trim() ?? ''
  return /^[1-9]\d{0,8}$/.test(text) ? Math.min(Number(text), most[name]) : usual[name]
}
