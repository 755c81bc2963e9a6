import {decryptCbcRaw} from '../../lib/crypto/aes.js'
import {decodeHex, decodeUtf8} from '../../lib/crypto/encodings.js'
import {removeLegacyPad} from '../../lib/crypto/legacy-padding.js'
import {PiError} from '../../lib/errors.js'
import type {ImportedRow, ImportedState, ImportedToken} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCounter, readHashlib, readInteger, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {dumpRows, type DumpRow} from '../shared/sql-dump.js'
import {sqliteMark, sqliteRows} from '../shared/sqlite-rows.js'
import {objectOf, readWholeText, type Json} from '../shared/whole.js'

/** A dump is read as one piece, because its realms may come after its tokens. */
const dumpLimit = 256 * 1024 * 1024

const keyBytes = 32

/** The database of LinOTP: an SQLite file, or an SQL dump (spec/04 §11). Seeds are opened with the key file of LinOTP. */
export const linotp: Importer = {
  format: 'linotp',
  title: 'database of LinOTP, as SQLite file or SQL dump',
  detect: ({bytes, text}: Head) =>
    /\blinotptokenid\b/i.test(text) ||
    (bytes.subarray(0, 16).toString('latin1') === sqliteMark && /linotptokenid/i.test(bytes.toString('latin1'))),
  read: (input, options) => readDatabase(input, options),
}

type Values = DumpRow['values']

interface Tables {
  tokens: {line: number; values: Values}[]
  /** Names of realms by the id of a token. */
  realms: ReadonlyMap<string, string[]>
}

async function* readDatabase(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const key = options.sourceKey?.subarray(0, keyBytes)
  if (!key) {
    throw new PiError('USAGE', `${input.name} is a database of LinOTP, whose seeds are encrypted.`, {
      hints: ['Add --source-key-file FILE: the encKey of LinOTP'],
    })
  }
  if (key.length < keyBytes) {
    throw new PiError('INVALID_INPUT', 'The key file of LinOTP is too short: its first key has 32 bytes.')
  }
  const {tokens, realms} = await readTables(input, options)
  let opened = 0
  for (const {line, values} of tokens) {
    const row = rowOf(line, {serial: text(values, 'serialnumber')}, () =>
      readToken(values, realms.get(text(values, 'id')) ?? [], key),
    )
    if ('error' in row && row.error === notOpened && opened === 0) {
      throw new PiError('INTEGRITY', `${input.name}, line ${String(line)}: ${notOpened}.`, {
        hints: ['Is this the encKey of this LinOTP?'],
      })
    }
    opened += 1
    yield row
  }
}

async function readTables(input: TokenInput, options: ReadOptions): Promise<Tables> {
  const tables: Record<string, {line: number; values: Values}[]> = {realm: [], token: [], tokenrealm: []}
  if (input.head.bytes.subarray(0, 16).toString('latin1') === sqliteMark) {
    for (const table of Object.keys(tables)) {
      const rows = await sqliteRows(input, `SELECT * FROM "${table}"`)
      tables[table] = rows.map((row, at) => ({line: at + 1, values: lowerCase(row)}))
    }
  } else {
    const sql = await readWholeText(input, options.encoding, dumpLimit)
    for (const {line, table, values} of dumpRows(input.name, sql)) tables[table]?.push({line, values})
  }
  const names = new Map(tables['realm']!.map(({values}) => [values['id'], values['name'] ?? '']))
  const realms = new Map<string, string[]>()
  for (const {values} of tables['tokenrealm']!) {
    const token = String(values['token_id'])
    const name = names.get(values['realm_id'] ?? '')
    if (name) realms.set(token, [...(realms.get(token) ?? []), name.toLowerCase()])
  }
  return {tokens: tables['token']!, realms}
}

function lowerCase(row: Record<string, unknown>): Values {
  const value = (given: unknown) =>
    given === null || given === undefined
      ? null
      : given instanceof Uint8Array
        ? Buffer.from(given).toString()
        : String(given)
  return Object.fromEntries(Object.entries(row).map(([name, given]) => [name.toLowerCase(), value(given)]))
}

/** A column of `Token`, which is named with or without `Token` behind the prefix. */
function text(values: Values, name: string): string {
  return values[`linotptoken${name}`] ?? values[`linotp${name}`] ?? ''
}

const notOpened = 'the seed cannot be decrypted with this key'

/** Types by the names of LinOTP; other types have no counterpart. */
const types: Readonly<Record<string, string>> = {
  hmac: 'hotp',
  hotp: 'hotp',
  totp: 'totp',
  motp: 'motp',
  pw: 'pw',
  spass: 'spass',
  yubikey: 'yubikey',
  daplug: 'daplug',
  ocra: 'ocra',
  sms: 'sms',
  email: 'email',
  radius: 'radius',
  remote: 'remote',
}

function readToken(values: Values, realms: string[], key: Uint8Array): ImportedToken {
  const stored = text(values, 'type').toLowerCase()
  const type = Object.hasOwn(types, stored) ? types[stored]! : undefined
  if (!type)
    throw new RowError(`tokens of type ${/^[a-z0-9]{1,20}$/.test(stored) ? stored : 'unknown'} have no counterpart`)
  const token: ImportedToken = {
    serial: needSerial(text(values, 'serialnumber')),
    type,
    secret: readSecret(values, type, key),
    description: text(values, 'desc'),
    otplen: integer(values, 'otplen', 6),
    counter: need(readCounter(text(values, 'count') || '0')),
    state: readState(values),
  }
  readInfo(token, text(values, 'info'))
  if (type === 'motp') {
    const pin = open(text(values, 'pinuser'), text(values, 'pinuseriv'), key)
    if (!pin) throw new RowError('the mOTP PIN is missing or cannot be decrypted')
    token.motpPin = pin.toString('utf8')
  }
  if (realms.length > 0) token.realms = realms
  const resolver = text(values, 'idresclass').split('.').at(-1) ?? ''
  const userId = text(values, 'userid')
  if (resolver !== '' && userId !== '') token.user = {login: '', resolver, userId, ...(realms[0] && {realm: realms[0]})}
  return token
}

/** LinOTP encrypts the hex digits of what the token keeps (spec/04 §11): the bytes of a seed, or its own hex digits. */
function readSecret(values: Values, type: string, key: Uint8Array): string {
  const data = open(text(values, 'keyenc'), text(values, 'keyiv'), key)
  if (!data) throw new RowError(notOpened)
  if (type === 'pw' || type === 'spass') return decodeUtf8(data) ?? data.toString('hex')
  const digits = data.toString('latin1')
  return /^(?:[0-9a-fA-F]{2}){16,}$/.test(digits) ? digits.toLowerCase() : data.toString('hex')
}

function open(ciphertextHex: string, ivHex: string, key: Uint8Array): Buffer | undefined {
  const [ciphertext, iv] = [decodeHex(ciphertextHex.trim()), decodeHex(ivHex.trim())]
  if (!ciphertext?.length || !iv) return undefined
  const padded = decryptCbcRaw(key, iv, ciphertext)
  return padded?.includes('\x01\x02') ? removeLegacyPad(padded) : undefined
}

function integer(values: Values, name: string, fallback: number): number {
  const value = text(values, name)
  return value === '' ? fallback : need(readInteger(value, name, 0, 2_147_483_647))
}

function readState(values: Values): ImportedState {
  const [pinHash, pinSeed] = [text(values, 'pinhash'), text(values, 'seed')]
  return {
    active: !/^(?:0|f|false)$/i.test(text(values, 'isactive')),
    failcount: integer(values, 'failcount', 0),
    maxfail: integer(values, 'maxfail', 10),
    countWindow: integer(values, 'countwindow', 10),
    syncWindow: integer(values, 'syncwindow', 1000),
    // The oldest form of hash, which every release still checks.
    ...(pinHash !== '' && {pinHash, pinSeed}),
  }
}

/** `LinOtpTokenInfo` is JSON; what it says of hash, step and drift has fields of its own. */
function readInfo(token: ImportedToken, json: string): void {
  if (json.trim() === '') return
  let document: Record<string, Json> | undefined
  try {
    document = objectOf(JSON.parse(json) as Json)
  } catch {
    throw new RowError('LinOtpTokenInfo is no JSON')
  }
  const info: Record<string, string> = {}
  for (const [key, value] of Object.entries(document ?? {})) {
    const said = typeof value === 'string' ? value : JSON.stringify(value)
    if (key === 'hashlib' && said !== '') token.hashlib = need(readHashlib(said))
    else if (key === 'timeStep' && said !== '') token.timeStep = need(readTimeStep(said))
    else if (key === 'timeShift' && Number.isFinite(Number(said))) token.timeShift = Number(said)
    else info[key] = said
  }
  if (Object.keys(info).length > 0) token.info = info
}
