import {encodeBase32} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter, WriteOptions} from './contract.js'
import {seedBytes} from './seed.js'

/** The list of tokens that the originals' janitor writes with `--yaml`, tokeninfo under `info_list` (spec/03 B.2.1). */
export function yamlWriter({base32 = false}: WriteOptions): TokenWriter {
  let empty = true
  return {
    format: 'yaml',
    problem: (token) =>
      typeof token.secret === 'string' || token.secret === undefined ? undefined : 'its secret is no text',
    begin: () => '',
    token(token) {
      empty = false
      return item(token, base32)
    },
    end: () => (empty ? '[]\n' : ''),
  }
}

/** One item; JSON values are YAML. */
function item(token: ImportedToken, base32: boolean): string {
  const {state = {}, user} = token
  const bytes = base32 ? seedBytes(token) : undefined
  const secret = typeof token.secret === 'string' ? token.secret : ''
  const info: Record<string, string> = {
    ...(token.tokenkind && {tokenkind: token.tokenkind}),
    ...(token.hashlib && {hashlib: token.hashlib}),
    ...(token.timeStep !== undefined && {timeStep: String(token.timeStep)}),
    ...(token.timeShift !== undefined && {timeShift: pythonFloat(token.timeShift)}),
    ...token.info,
  }
  for (const {key, value, type} of token.details ?? []) Object.assign(info, {[key]: value, [`${key}.type`]: type})
  const fields = {
    serial: token.serial,
    type: token.type,
    otpkey: bytes ? encodeBase32(bytes) : secret,
    description: token.description ?? '',
    otplen: token.otplen ?? 6,
    maxfail: state.maxfail ?? 10,
    failcount: state.failcount ?? 0,
    counter: token.counter ?? 0,
    window: state.countWindow ?? 10,
    active: state.active ?? true,
    revoked: state.revoked ?? false,
    locked: state.locked ?? false,
    rollout_state: state.rolloutState ?? '',
    owner: user ? `${user.login}@${user.realm ?? ''}` : 'n/a',
    ...(state.pinHash !== undefined && {_hashed_pin: state.pinHash}),
  }
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  const details = Object.entries(info).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return `- ${[...lines, details.length > 0 ? `info_list:\n${details.join('\n')}` : 'info_list: {}'].join('\n  ')}\n`
}

/** As the originals keep a shift: `-30.0`. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${String(value)}.0` : String(value)
}
