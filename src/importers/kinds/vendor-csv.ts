import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {guessDelimiter, readCsv, readLines, type CsvRecord} from '../shared/csv.js'
import {
  hashlibByLength,
  readCounter,
  readHashlib,
  readOtplen,
  readSeed,
  readTimeStep,
  type SeedEncoding,
} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {damaged, readText} from '../shared/text.js'
import {UserColumn, withOwner} from '../shared/user-column.js'

/** What a column of a vendor holds. */
type Field =
  'counter' | 'digits' | 'hash' | 'ignored' | 'maker' | 'model' | 'privateid' | 'seed' | 'serial' | 'step' | 'user'

/** One vendor's way of writing a list of tokens. */
interface Profile {
  format: string
  title: string
  aliases?: readonly string[]
  /** Columns by their names in the header row, lower case. */
  header?: Readonly<Record<string, Field>>
  /** Columns by position, where there is no header row. */
  positional?: readonly Field[]
  type: 'hotp' | 'totp' | 'yubikey'
  seedEncoding: SeedEncoding
  /** Put before the serial. */
  prefix?: string
  suffix?: string
}

/** Names that vendors give to their columns. */
const commonHeader: Readonly<Record<string, Field>> = {
  'serial number': 'serial',
  serialnumber: 'serial',
  serial_number: 'serial',
  'serial no': 'serial',
  'serial no.': 'serial',
  'token serial': 'serial',
  'token sn': 'serial',
  sn: 'serial',
  serial: 'serial',
  'secret key': 'seed',
  secretkey: 'seed',
  secret: 'seed',
  seed: 'seed',
  'token seed': 'seed',
  key: 'seed',
  upn: 'user',
  'time interval': 'step',
  timeinterval: 'step',
  interval: 'step',
  timestep: 'step',
  period: 'step',
  counter: 'counter',
  'moving factor': 'counter',
  digits: 'digits',
  'otp length': 'digits',
  otplength: 'digits',
  algorithm: 'hash',
  hash: 'hash',
  manufacturer: 'maker',
  vendor: 'maker',
  model: 'model',
  product: 'model',
}

/**
 * Vendors and products by their columns (spec/04 §12.6). To read another vendor's list, add a line; those with a header row
 * are recognised by it, the others are named with --format.
 */
export const profiles: readonly Profile[] = [
  {
    format: 'entra',
    aliases: ['azure', 'azure-mfa', 'token2', 'deepnet', 'safeid', 'protectimus', 'entra-csv'],
    title: 'Entra (Azure) MFA list: Token2, Deepnet SafeID, Protectimus and others',
    header: commonHeader,
    type: 'totp',
    seedEncoding: 'auto',
  },
  {
    format: 'duo',
    title: 'Duo: serial, seed in hex, counter',
    positional: ['serial', 'seed', 'counter'],
    type: 'hotp',
    seedEncoding: 'hex',
  },
  {
    format: 'duo-totp',
    title: 'Duo, time based: serial, seed in hex, step',
    positional: ['serial', 'seed', 'step'],
    type: 'totp',
    seedEncoding: 'hex',
  },
  {
    format: 'duo-yubikey',
    title: 'Duo, Yubikeys: serial, private id, AES key',
    positional: ['serial', 'privateid', 'seed'],
    type: 'yubikey',
    seedEncoding: 'hex',
    prefix: 'UBAM',
    suffix: '_1',
  },
  {
    format: 'feitian',
    aliases: ['feitian-csv', 'gemalto', 'gemalto-csv'],
    title: 'Feitian, Gemalto and others: serial and seed in hex, event based',
    positional: ['serial', 'seed', 'counter'],
    type: 'hotp',
    seedEncoding: 'hex',
  },
  {
    format: 'feitian-totp',
    aliases: ['gemalto-totp'],
    title: 'Feitian, Gemalto and others: serial and seed in hex, time based',
    positional: ['serial', 'seed', 'step'],
    type: 'totp',
    seedEncoding: 'hex',
  },
]

/** Importers, one for each profile. */
export const vendorCsvs: readonly Importer[] = profiles.map((profile) => ({
  format: profile.format,
  ...(profile.aliases && {aliases: profile.aliases}),
  title: profile.title,
  detect: ({text}) => profile.header !== undefined && looksLikeHeader(text, profile.header),
  read: (input, options) => readList(input, profile, options),
}))

/** Column names that vendors use and an OATH CSV does not. */
const distinctive = new Set(
  'secret key|secretkey|upn|time interval|timeinterval|interval|manufacturer|vendor|model|token sn|sn|token seed'.split(
    '|',
  ),
)

/** A header with a serial and a seed, and a column that an OATH CSV does not have. */
function looksLikeHeader(text: string, header: Readonly<Record<string, Field>>): boolean {
  const first = text
    .replace('\uFEFF', '')
    .split(/\r\n|\n|\r/)
    .find((line) => line.trim() !== '' && !line.startsWith('#'))
  const names = (first ?? '').split(guessDelimiter(text)).map(headerName)
  const fields = names.map((name) => (Object.hasOwn(header, name) ? header[name] : undefined))
  return fields.includes('serial') && fields.includes('seed') && names.some((name) => distinctive.has(name))
}

function headerName(field: string): string {
  return field.replace('\uFEFF', '').replaceAll('"', '').trim().toLowerCase()
}

async function* readList(input: TokenInput, profile: Profile, options: ReadOptions): AsyncIterable<ImportedRow> {
  const delimiter = options.delimiter ?? guessDelimiter(input.head.text)
  const lines = readLines(input.name, readText(input, options.encoding))
  const skip = ({text}: {text: string}) => text.trim() === '' || text.startsWith('#')
  let columns = profile.positional
  const owners = options.userColumn === undefined ? undefined : new UserColumn(input.name, options.userColumn)
  for await (const records of readCsv(input.name, lines, {delimiter, skip})) {
    for (const given of records) {
      const {record, login} = owners ? owners.take(given) : {record: given, login: undefined}
      if (!columns) {
        columns = record.fields.map((name) => {
          const known = headerName(name)
          return profile.header && Object.hasOwn(profile.header, known) ? profile.header[known]! : 'ignored'
        })
        if (!columns.includes('serial') || !columns.includes('seed')) {
          throw damaged(input.name, record.line, 'the header names no serial or no secret')
        }
        continue
      }
      const row = readRecord(record, columns, profile, options)
      yield login ? withOwner(row, login) : row
    }
  }
}

function readRecord(
  {line, fields}: CsvRecord,
  columns: readonly Field[],
  profile: Profile,
  options: ReadOptions,
): ImportedRow {
  // Lists of serial and seed are also separated by blanks.
  const values = fields.length === 1 && columns.length > 1 ? fields[0]!.split(/\s+/) : fields
  const named: Partial<Record<Field, string>> = {}
  for (const [at, column] of columns.entries()) if (values[at]) named[column] = values[at]
  const type = options.type ?? profile.type
  const serial = named.serial === undefined ? '' : `${profile.prefix ?? ''}${named.serial}${profile.suffix ?? ''}`
  return rowOf(line, {serial, type}, () => readToken(named, serial, type, profile, options))
}

function readToken(
  named: Partial<Record<Field, string>>,
  serial: string,
  type: string,
  profile: Profile,
  options: ReadOptions,
): ImportedToken {
  const secret = need(readSeed(named.seed ?? '', options.seedEncoding ?? profile.seedEncoding))
  const token: ImportedToken = {serial: needSerial(serial), type, secret}
  const description = [named.maker, named.model].filter(Boolean).join(' ')
  if (description !== '') token.description = description
  if (named.user) token.user = {login: named.user}
  if (type === 'yubikey') {
    if (secret.length !== 32) throw new RowError('an AES key of a Yubikey has 32 hex digits')
    token.otplen = options.otplen ?? 44
    if (named.privateid) token.info = {'yubikey.tokenid': named.privateid.toLowerCase()}
    return token
  }
  if (type !== 'hotp' && type !== 'totp') throw new RowError(`these tokens are hotp or totp, not ${type}`)
  const hash = options.hashlib ?? named.hash
  token.hashlib = hash ? need(readHashlib(hash)) : profile.header ? 'sha1' : hashlibByLength(secret.length)
  token.otplen = named.digits ? need(readOtplen(named.digits)) : (options.otplen ?? 6)
  if (type === 'totp') token.timeStep = named.step ? need(readTimeStep(named.step)) : (options.timeStep ?? 30)
  else if (named.counter) token.counter = need(readCounter(named.counter))
  return token
}
