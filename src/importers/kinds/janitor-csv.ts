import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCsv, readLines} from '../shared/csv.js'
import {hashlibByLength, readHashlib, readOtplen, readSeed, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {readText} from '../shared/text.js'

/** The token janitor's `export --csv`: owner, serial, seed in hex or base32, type, digits, step (spec/03 B.1.2). */
export const janitorCsv: Importer = {
  format: 'janitor-csv',
  title: "CSV exports of the originals' token janitor",
  detect: ({text}) => {
    const [first = '', , seed = '', type = ''] = (text.split(/\r?\n/).find((line) => line.trim() !== '') ?? '')
      .split(',')
      .map((field) => field.trim())
    return (first === 'n/a' || first.includes('@')) && /^[0-9A-Za-z=]+$/.test(seed) && /^[ht]otp$/i.test(type)
  },
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const lines = readLines(input.name, readText(input, options.encoding))
  const skip = ({text}: {text: string}) => text.trim() === ''
  for await (const records of readCsv(input.name, lines, {delimiter: ',', quotes: false, skip})) {
    for (const {line, fields} of records) {
      yield rowOf(line, {serial: fields[1], type: fields[3]}, () => readRecord(fields, options))
    }
  }
}

function readRecord(fields: readonly string[], options: ReadOptions): ImportedToken {
  const [owner = '', serial = '', seed = '', type = '', digits = '', step = ''] = fields
  const tokenType = type.toLowerCase()
  if (tokenType !== 'hotp' && tokenType !== 'totp') throw new RowError('the type is neither hotp nor totp')
  const secret = need(readSeed(seed, options.seedEncoding))
  const token: ImportedToken = {
    serial: needSerial(serial),
    type: tokenType,
    secret,
    // The export does not say the hash: it follows from the seed, as for any CSV.
    hashlib: options.hashlib ? need(readHashlib(options.hashlib)) : hashlibByLength(secret.length),
    otplen: need(readOtplen(digits)),
  }
  // 3.9 and 3.10 write None.
  if (tokenType === 'totp')
    token.timeStep = step === '' || step === 'None' ? (options.timeStep ?? 30) : need(readTimeStep(step))
  const at = owner.lastIndexOf('@')
  if (owner === 'n/a' || at < 0) return token
  const realm = owner.slice(at + 1)
  // Without a login the owner was gone already.
  if (at > 0) token.user = {login: owner.slice(0, at), ...(realm && {realm})}
  else if (realm) token.realms = [realm]
  return token
}
