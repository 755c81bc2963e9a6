import type {ImportedRow, ImportedToken} from '../../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../../contract.js'
import {guessDelimiter, readCsv, readLines, type CsvRecord, type Line} from '../../shared/csv.js'
import {RowError, needSerial, rowOf} from '../../shared/rows.js'
import {damaged, readText} from '../../shared/text.js'
import {UserColumn, withOwner} from '../../shared/user-column.js'
import {positionalColumns, readTypedColumns, rowTypes, type Columns} from './types.js'

/** Column names that a header row may use; the order of each list does not matter. */
const columnNames: Readonly<Record<string, string>> = {
  serial: 'serial',
  'serial number': 'serial',
  serialnumber: 'serial',
  seed: 'seed',
  secret: 'seed',
  otpkey: 'seed',
  type: 'type',
  tokentype: 'type',
  digits: 'digits',
  otplen: 'digits',
  step: 'step',
  timestep: 'step',
  period: 'step',
  counter: 'counter',
  hash: 'hash',
  hashlib: 'hash',
  algorithm: 'hash',
  description: 'description',
  issuer: 'issuer',
  user: 'username',
  username: 'username',
  resolver: 'resolver',
  realm: 'realm',
  realms: 'realms',
  tokenrealms: 'realms',
  pin: 'pin',
  phone: 'phone',
  email: 'email',
  motppin: 'motppin',
  ocrasuite: 'ocrasuite',
  tans: 'tans',
  publicid: 'publicid',
  privateid: 'privateid',
}

/** Columns of version 2 before those of version 1 (spec/04 §2.2). */
const ownerColumns = ['username', 'resolver', 'realm']

/**
 * The OATH CSV of the originals, version 1 and 2 (spec/04 §2), with our extensions: quoting, other separators, a header
 * row with names, base32, a hash column. `strictCompat` switches the extensions off.
 */
export const oathCsv: Importer = {
  format: 'oath-csv',
  aliases: ['oath csv', 'oathcsv', 'oath'],
  title: 'OATH CSV of the originals, version 1 and 2',

  detect({text}: Head): boolean {
    if (/^\uFEFF?#\s*version:\s*\d/m.test(text)) return true
    const delimiter = guessDelimiter(text)
    return text
      .split(/\r\n|\n|\r/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .slice(0, 20)
      .some((line) => {
        const fields = line.split(delimiter).map((field) => field.trim())
        return headerOf(fields) !== undefined || (fields.length >= 2 && /^[\w-]{1,40}$/.test(fields[0]!))
      })
  },

  read: (input, options) => readOathCsv(input, options),
}

async function* readOathCsv(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const native = !options.strictCompat
  const delimiter = native ? (options.delimiter ?? guessDelimiter(input.head.text)) : ','
  const layout = new Layout(options)
  const lines = readLines(input.name, readText(input, options.encoding))
  const skip = (line: Line) => layout.leavesOut(line, delimiter)
  const owners = options.userColumn === undefined ? undefined : new UserColumn(input.name, options.userColumn)
  for await (const records of readCsv(input.name, lines, {delimiter, quotes: native, skip})) {
    for (const given of records) {
      const {record, login} = owners ? owners.take(given) : {record: given, login: undefined}
      if (native && layout.takeHeader(record.fields)) continue
      const row = layout.read(record)
      if (!row) continue
      const isCut = 'error' in row ? layout.looksCut(record) : layout.seedLooksCut(record)
      if (!record.terminated && isCut) throw cut(input.name, record.line)
      layout.remember(record)
      yield login ? withOwner(row, login) : row
    }
  }
  if (layout.cutSerial !== undefined && layout.started) throw cut(input.name, layout.cutSerial)
}

function cut(name: string, line: number) {
  return damaged(name, line, 'the file ends in the middle of a row', [
    'Copy it again; if this row is complete, end it with a line break',
  ])
}

function headerOf(fields: readonly string[]): string[] | undefined {
  const names = fields.map((field) => columnNames[field.toLowerCase().replace(/^\uFEFF/, '')] ?? '')
  return names.includes('serial') && names.includes('seed') ? names : undefined
}

/** What has been learnt about the file so far: version, header, how long its rows are. */
class Layout {
  readonly #options: ReadOptions
  #version = 1
  #header: string[] | undefined
  #fewestFields = Infinity
  #shortestSeed = Infinity
  started = false
  /** Line of a last piece of text that has neither separator nor line break. */
  cutSerial: number | undefined

  constructor(options: ReadOptions) {
    this.#options = options
  }

  /** Whether a line is no row: a comment (which may set the version), or without separator. */
  leavesOut({number, text, terminated}: Line, delimiter: string): boolean {
    if (!text.startsWith('#')) {
      if (text.includes(delimiter)) return false
      if (!terminated && text.trim() !== '') this.cutSerial = number
      return true
    }
    const version = /^#\s*version:\s*(\d+)/.exec(text)?.[1]
    if (version && !this.started) this.#version = Number(version)
    return true
  }

  takeHeader(fields: readonly string[]): boolean {
    if (this.started) return false
    this.started = true
    this.#header = headerOf(fields)
    return this.#header !== undefined
  }

  remember({fields}: CsvRecord): void {
    this.#fewestFields = Math.min(this.#fewestFields, fields.length)
    this.#shortestSeed = Math.min(this.#shortestSeed, fields[this.#offset + 1]?.length ?? 0)
  }

  /** Whether a bad last row is the beginning of a good one, judged by the rows before it. */
  looksCut({fields}: CsvRecord): boolean {
    if (this.#fewestFields === Infinity) return false
    if (fields.length < this.#fewestFields) return true
    const type = fields[this.#offset + 2]?.toLowerCase()
    if (fields.length === this.#offset + 3 && type && rowTypes.some((known) => known.startsWith(type))) return true
    return this.seedLooksCut({fields})
  }

  /** Whether a row ends in a seed that is shorter than all before it, and would be a token of its own. */
  seedLooksCut({fields}: Pick<CsvRecord, 'fields'>): boolean {
    if (this.#header || this.#shortestSeed === Infinity) return false
    return fields.length === this.#offset + 2 && fields[this.#offset + 1]!.length < this.#shortestSeed
  }

  get #offset(): number {
    return this.#version === 2 ? ownerColumns.length : 0
  }

  /** `undefined` for a row that the originals leave out: without serial and without seed. */
  read({line, fields}: CsvRecord): ImportedRow | undefined {
    this.started = true
    const named = this.#header ? this.#byHeader(fields) : this.#byPosition(fields)
    const serial = named['serial'] ?? ''
    const seed = named['seed'] ?? ''
    if (serial === '' && seed === '') return undefined
    const type = (this.#options.type ?? (named['type'] || 'hotp')).toLowerCase()
    return rowOf(line, {serial, type}, () => {
      if (!this.#header && fields.length < this.#offset + 2) throw new RowError('the row has too few columns')
      if (/^[0-9a-f]{32,}$/i.test(serial) && seed.length < 32) {
        throw new RowError('the serial looks like a seed: are the columns in another order?')
      }
      return this.#token({...named, serial: needSerial(serial), seed, type})
    })
  }

  #byHeader(fields: readonly string[]): Record<string, string> {
    const named: Record<string, string> = {}
    for (const [index, name] of this.#header!.entries()) if (name !== '') named[name] = fields[index] ?? ''
    return named
  }

  #byPosition(fields: readonly string[]): Record<string, string> {
    const named: Record<string, string> = {}
    if (this.#version === 2) for (const [index, name] of ownerColumns.entries()) named[name] = fields[index] ?? ''
    const [serial, seed, type, ...rest] = fields.slice(this.#offset)
    Object.assign(named, {serial, seed, type})
    const names = positionalColumns((this.#options.type ?? (type || 'hotp')).toLowerCase())
    // Beyond what the originals read, a column counts only where the extensions are on.
    const known = this.#options.strictCompat ? names.filter((name) => name !== 'hash') : names
    for (const [index, name] of known.entries()) named[name] = rest[index] ?? ''
    return named
  }

  #token(named: Record<string, string> & {serial: string; seed: string; type: string}): ImportedToken {
    const token: ImportedToken = {
      serial: named.serial,
      type: named.type,
      ...readTypedColumns(named as Columns, this.#options),
    }
    const {username, resolver, realm} = named
    if (username) token.user = {login: username, ...(resolver && {resolver}), ...(realm && {realm})}
    const realms = (named['realms'] ?? '').split(/[\s,;|]+/).filter((name) => name !== '')
    if (!username && realm) realms.push(realm)
    if (realms.length > 0) token.realms = realms
    const description = [named['description'], named['issuer']].find(Boolean)
    if (description) token.description = description
    if (named['pin']) token.pin = named['pin']
    return token
  }
}
