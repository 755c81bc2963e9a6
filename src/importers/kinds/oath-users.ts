import {createHash} from 'node:crypto'
import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {readCounter, readHashlib, readOtplen, readSeed, readTimeStep} from '../shared/key-encoding.js'
import {need, RowError, rowOf} from '../shared/rows.js'
import {readText} from '../shared/text.js'

/** `HOTP`, `HOTP/E/8`, `HOTP/T`, `HOTP/T30`, `HOTP/T30/6`, `MOTP`. */
const kind = /^(HOTP|MOTP)(?:\/(E|T\d*|\d+)(?:\/(\d+))?)?$/i

/** The users file of pam_oath (OATH Toolkit) and of Apache's mod_authn_otp. */
export const oathUsers: Importer = {
  format: 'oath-users',
  aliases: ['pam_oath', 'pam-oath', 'mod_authn_otp', 'users.oath'],
  title: 'users file of pam_oath and mod_authn_otp',

  detect({text}: Head): boolean {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
    return lines.slice(0, 5).some((line) => {
      const [type = '', , , secret = ''] = line.trim().split(/\s+/)
      return kind.test(type) && /^[0-9a-fA-F]+$/.test(secret)
    })
  },

  read: (input, options) => readUsers(input, options),
}

async function* readUsers(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  for await (const lines of readLines(input.name, readText(input, options.encoding))) {
    for (const {number, text} of lines) {
      const line = text.trim()
      if (line === '' || line.startsWith('#')) continue
      yield rowOf(number, {}, () => readUser(line, options))
    }
  }
}

/** Type, user, PIN (`-` none, `+` checked elsewhere), key in hex, counter, and what the last login left there. */
function readUser(line: string, options: ReadOptions): ImportedToken {
  const [type = '', login = '', pin = '-', key = '', counter, ...rest] = line.split(/\s+/)
  const parts = kind.exec(type)
  if (!parts) throw new RowError('the token type is not known')
  if (login === '') throw new RowError('the user is missing')
  const secret = need(readSeed(key, 'hex'))
  const [, family = '', mode = 'E', digits] = parts
  const isMotp = family.toUpperCase() === 'MOTP'
  const timed = mode.toUpperCase() !== 'E'
  const tokenType = isMotp ? 'motp' : timed ? 'totp' : 'hotp'
  const prefix = {motp: 'PIMO', totp: 'TOTP', hotp: 'OATH'}[tokenType]
  const token: ImportedToken = {
    serial: `${prefix}${createHash('sha256').update(`${login}\0${secret.toLowerCase()}`).digest('hex').slice(0, 12).toUpperCase()}`,
    type: tokenType,
    secret,
    description: login,
    user: {login},
  }
  if (digits) token.otplen = need(readOtplen(digits))
  if (isMotp) {
    if (pin === '-' || pin === '+') throw new RowError('the mOTP PIN is missing')
    token.motpPin = pin
    return token
  }
  token.hashlib = options.hashlib ? need(readHashlib(options.hashlib)) : 'sha1'
  if (pin !== '-' && pin !== '+') token.pin = pin
  if (timed) token.timeStep = need(readTimeStep(mode.replace(/^T/i, '') || '30'))
  // With a last value beside it the counter is that of this value, which must not be accepted again.
  else if (counter !== undefined) token.counter = need(readCounter(counter)) + (rest.length > 0 ? 1 : 0)
  return token
}
