import {decodeModhex} from '../../lib/crypto/encodings.js'
import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCsv, readLines} from '../shared/csv.js'
import {readSeed} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {sqliteMark, sqliteRows} from '../shared/sqlite-rows.js'
import {dumpRows} from '../shared/sql-dump.js'
import {readText} from '../shared/text.js'
import {readWholeText} from '../shared/whole.js'

/**
 * Keys of a YubiKey key storage module: the text that `ykksm-gen-keys` and `ykksm-export` write (`serial, public id, private
 * id, AES key, lock code, created, accessed`), or its SQLite database.
 */
export const ykksm: Importer = {
  format: 'ykksm',
  aliases: ['yubikey-ksm'],
  title: 'keys of yubikey-ksm, as text or SQLite',
  detect: ({bytes, text}) =>
    /^\uFEFF?#\s*ykksm\s+1/m.test(text) ||
    (bytes.subarray(0, 16).toString('latin1') === sqliteMark &&
      /CREATE TABLE ["\x60']?yubikeys/i.test(bytes.toString('latin1'))) ||
    isDump(text),
  read(input, options) {
    if (input.head.text.startsWith('SQLite') || input.head.text === '') return readDatabase(input)
    return isDump(input.head.text) ? readDump(input, options) : readKeys(input, options)
  },
}

async function* readKeys(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const lines = readLines(input.name, readText(input, options.encoding))
  const skip = ({text}: {text: string}) => text.trim() === '' || text.startsWith('#') || text.startsWith('-----')
  for await (const records of readCsv(input.name, lines, {delimiter: ',', quotes: false, skip})) {
    for (const {line, fields} of records) {
      const [serial = '', publicId = '', privateId = '', key = ''] = fields
      yield rowOf(line, {serial}, () => readKey(serial, publicId, privateId, key))
    }
  }
}

async function* readDatabase(input: TokenInput): AsyncIterable<ImportedRow> {
  const rows = await sqliteRows(input, 'SELECT * FROM yubikeys ORDER BY rowid')
  for (const [at, row] of rows.entries()) yield readRow(at + 1, row)
}

/** A dump of mysqldump, pg_dump or sqlite3. */
async function* readDump(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  for (const {line, table, values} of dumpRows(input.name, await readWholeText(input, options.encoding))) {
    if (table === 'yubikeys') yield readRow(line, values)
  }
}

function isDump(text: string): boolean {
  return /\b(?:CREATE TABLE|INSERT INTO|COPY)\s+(?:IF NOT EXISTS\s+)?(?:\w+\.)?["\x60]?yubikeys\b/i.test(text)
}

function readRow(line: number, row: Readonly<Record<string, unknown>>): ImportedRow {
  const text = (name: string) => (row[name] === null || row[name] === undefined ? '' : String(row[name]))
  return rowOf(line, {serial: text('serialnr')}, () => {
    const token = readKey(text('serialnr'), text('publicname'), text('internalname'), text('aeskey'))
    return /^(?:0|f|false)$/.test(text('active')) ? {...token, state: {active: false}} : token
  })
}

function readKey(device: string, publicId: string, privateId: string, key: string): ImportedToken {
  const secret = need(readSeed(key, 'hex'))
  if (secret.length !== 32) throw new RowError('an AES key of a Yubikey has 32 hex digits')
  const number = decodeModhex(publicId)
  if (!number || number.length === 0) throw new RowError('the public id is not modhex')
  // A key without number of the device is named by its public id.
  const known = /^\d+$/.test(device) && Number(device) > 0 ? device : BigInt(`0x${number.toString('hex')}`).toString()
  return {
    serial: needSerial(`UBAM${known.padStart(8, '0')}_1`),
    type: 'yubikey',
    secret,
    otplen: 32 + publicId.length,
    description: publicId,
    info: {
      'yubikey.prefix': publicId.toLowerCase(),
      ...(/^[0-9a-f]{12}$/i.test(privateId) && {'yubikey.tokenid': privateId.toLowerCase()}),
    },
  }
}
