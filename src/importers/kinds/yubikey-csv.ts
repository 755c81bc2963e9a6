import {createHash} from 'node:crypto'
import {decodeModhex} from '../../lib/crypto/encodings.js'
import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCsv, readLines, type CsvRecord} from '../shared/csv.js'
import {readOtplen, readSeed} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {readText} from '../shared/text.js'

/** Event types of the Personalization Tool's log, lower case (spec/04 §3). */
const events: Readonly<Record<string, 'challenge' | 'hotp' | 'static' | 'unusable' | 'yubico'>> = {
  'yubico otp': 'yubico',
  'oath-hotp': 'hotp',
  'static password': 'static',
  'static password: scan code': 'static',
  'challenge-response: hmac-sha1': 'challenge',
  'challenge-response: yubico otp': 'unusable',
}

/** The logs of the YubiKey Personalization Tool: "traditional" and "Yubico" format (spec/04 §3). */
export const yubikeyCsv: Importer = {
  format: 'yubikey-csv',
  aliases: ['yubikey csv', 'yubikeycsv', 'yubikey'],
  title: 'logs of the YubiKey Personalization Tool',

  detect({text}: Head): boolean {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
    return lines.slice(0, 20).some((line) => {
      const fields = line.split(',').map((field) => field.trim())
      if (/^LOGGING START$/i.test(fields[0] ?? '') || Object.hasOwn(events, fields[0]!.toLowerCase())) return true
      return fields.length >= 6 && /^\d+$/.test(fields[0]!) && /^\d{4}-\d\d-\d\dT/.test(fields[5]!)
    })
  },

  read: (input, options) => readLog(input, options),
}

async function* readLog(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const lines = readLines(input.name, readText(input, options.encoding))
  const skip = ({text}: {text: string}) => text.startsWith('#') || text.split(',', 6).length < 6
  const seen = new Map<string, number>()
  for await (const records of readCsv(input.name, lines, {delimiter: ',', quotes: !options.strictCompat, skip})) {
    for (const record of records) yield readRecord(record, seen)
  }
}

function readRecord({line, fields}: CsvRecord, seen: Map<string, number>): ImportedRow {
  const [first = ''] = fields
  const event = Object.hasOwn(events, first.toLowerCase()) ? events[first.toLowerCase()] : undefined
  if (event === 'static' || event === 'unusable') {
    return {line, skipped: event === 'static' ? 'a static password' : 'challenge-response with Yubico OTP'}
  }
  if (event) return rowOf(line, {}, () => traditional(event, fields))
  if (!/^\d+$/.test(first)) return {line, error: 'the row begins with neither an event nor a serial'}
  // Field 2 is the private id; HOTP has 0 there, a static password nothing.
  if (fields[2] === '') return {line, skipped: 'a static password', serial: `UBAM${first}_X`}
  return rowOf(line, {serial: first}, () => yubico(fields, seen))
}

/** Event, date, slot, public id, private id, key, …, and at place 11 the digits of HOTP. */
function traditional(event: 'challenge' | 'hotp' | 'yubico', fields: readonly string[]): ImportedToken {
  const [, , slot = '', publicId = '', privateId = '', key = ''] = fields
  if (event === 'challenge') {
    // LUKS and logins with challenge-response keep the key as a TOTP token; the log names no device.
    const id = createHash('sha256').update(key).digest('hex').slice(0, 8).toUpperCase()
    return {
      serial: needSerial(`UBOM${id}_${slot}`),
      type: 'totp',
      secret: hmacKey(key),
      otplen: 6,
      hashlib: 'sha1',
      timeStep: 30,
    }
  }
  if (publicId === '') throw new RowError('the public id is missing, and with it the serial')
  const number = decodeModhex(publicId)
  if (!number) throw new RowError('the public id is not modhex')
  const serial = (prefix: string) => needSerial(`${prefix}${decimal(number)}_${slot}`)
  if (event === 'hotp') return hotp(serial('UBOM'), key, publicId, fields[11])
  return aes(serial('UBAM'), key, publicId, privateId)
}

/** Serial, public id, private id, key, access code, date. */
function yubico(fields: readonly string[], seen: Map<string, number>): ImportedToken {
  const [device = '', publicId = '', privateId = '', key = ''] = fields
  const isHotp = privateId === '0'
  const base = `${isHotp ? 'UBOM' : 'UBAM'}${device}_X`
  // Both slots of a device have the same serial here; the originals let the second overwrite the first.
  const times = (seen.get(base) ?? 0) + 1
  seen.set(base, times)
  const serial = needSerial(times === 1 ? base : `${base}${String(times)}`)
  return isHotp ? hotp(serial, key, '', undefined) : aes(serial, key, publicId, privateId)
}

function hotp(serial: string, key: string, description: string, digits: string | undefined): ImportedToken {
  const known = digits === '6' || digits === '8'
  return {
    serial,
    type: 'hotp',
    secret: hmacKey(key),
    otplen: known ? need(readOtplen(digits)) : 6,
    hashlib: 'sha1',
    description,
  }
}

function aes(serial: string, key: string, publicId: string, privateId: string): ImportedToken {
  const secret = need(readSeed(key.replaceAll(' ', ''), 'hex'))
  if (secret.length !== 32) throw new RowError('an AES key of a Yubikey has 32 hex digits')
  if (publicId !== '' && !decodeModhex(publicId)) throw new RowError('the public id is not modhex')
  const info: Record<string, string> = {}
  if (publicId !== '') info['yubikey.prefix'] = publicId.toLowerCase()
  if (/^[0-9a-f]{12}$/i.test(privateId)) info['yubikey.tokenid'] = privateId.toLowerCase()
  return {serial, type: 'yubikey', secret, otplen: 32 + publicId.length, description: publicId, info}
}

function hmacKey(key: string): string {
  return need(readSeed(key.replaceAll(' ', ''), 'hex'))
}

/** The public id as a number, eight digits at least. */
function decimal(publicId: Buffer): string {
  return BigInt(`0x${publicId.toString('hex')}`)
    .toString()
    .padStart(8, '0')
}
