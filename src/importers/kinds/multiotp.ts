import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCounter, readHashlib, readInteger, readOtplen, readSeed, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {readWholeText} from '../shared/whole.js'

/** A token or user file of multiOTP (`tokens/<serial>.db`, `users/<name>.db`): `name=value` lines, one token a file. */
export const multiotp: Importer = {
  format: 'multiotp',
  title: 'token and user files of multiOTP',
  detect: ({text}) =>
    /^\uFEFF?\s*multiotp-database-format/i.test(text) || (/^token_seed:?=/m.test(text) && /^algorithm=/m.test(text)),
  read: (input, options) => readFile(input, options),
}

async function* readFile(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const values = new Map<string, string>()
  for (const line of (await readWholeText(input, options.encoding, 1024 * 1024)).split(/\r?\n/)) {
    const parts = /^([\w-]+)(:?)=(.*)$/.exec(line.trim())
    if (parts) values.set(parts[1]!.toLowerCase() + (parts[2] ?? ''), parts[3]!.trim())
  }
  const text = (name: string) => values.get(name) || undefined
  const serial =
    text('token_serial') ??
    text('token_serial_number') ??
    text('serial') ??
    text('key_id') ??
    /([^/\\]+)\.db$/i.exec(input.name)?.[1] ??
    ''
  yield rowOf(1, {serial}, (): ImportedToken => {
    if (values.has('token_seed:') || values.has('user_token_seed:')) {
      throw new RowError('the seed is encrypted by multiOTP; switch its encryption off and save the token again')
    }
    const algorithm = (text('algorithm') ?? text('token_algorithm') ?? 'totp').toLowerCase()
    if (!['hotp', 'motp', 'totp'].includes(algorithm)) throw new RowError('the algorithm is not supported')
    const secret = need(readSeed(text('token_seed') ?? '', 'hex'))
    const digits = text('number_of_digits') ?? text('token_number_of_digits')
    const token: ImportedToken = {
      serial: needSerial(serial),
      type: algorithm,
      secret,
      ...(digits && {otplen: need(readOtplen(digits))}),
    }
    const description = text('description') ?? text('token_description') ?? text('manufacturer')
    if (description) token.description = description
    if (algorithm === 'motp') {
      const pin = text('user_pin')
      if (!pin) throw new RowError('the mOTP PIN is missing')
      return {...token, motpPin: pin}
    }
    token.hashlib = need(readHashlib(options.hashlib ?? text('token_algo_suite') ?? text('algo_suite') ?? 'sha1'))
    if (algorithm === 'hotp') {
      // The last event that was used; the next one is expected.
      const last = text('last_event')
      if (last !== undefined) token.counter = need(readInteger(last, 'counter', -1, 2_147_483_646)) + 1
      else if (text('next_event')) token.counter = need(readCounter(text('next_event')!))
    } else {
      token.timeStep = need(readTimeStep(text('time_interval') ?? text('token_time_interval') ?? '30'))
      const delta = text('delta_time')
      if (delta) token.timeShift = need(readInteger(delta, 'time delta', -86_400_000, 86_400_000))
    }
    return token
  })
}
