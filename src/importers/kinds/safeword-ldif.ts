import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {readHashlib, readOtplen, readSeed} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {readText} from '../shared/text.js'

interface Entry {
  line: number
  serial: string
  data?: string
}

/** The import files of SafeWord Alpine tokens: LDIF with the seed in `sccTokenData` (spec/04 §4.2). */
export const safewordLdif: Importer = {
  format: 'safeword-ldif',
  aliases: ['safeword', 'safeword-dat', 'alpine'],
  title: 'LDIF (.dat) of SafeWord Alpine tokens',

  detect: ({text}: Head) => /^\s*scc(?:AuthenticatorId|TokenData)\s*:/im.test(text),

  read: (input, options) => readEntries(input, options),
}

async function* readEntries(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  let entry: Entry | undefined
  for await (const lines of readLines(input.name, readText(input, options.encoding))) {
    for (const {number, text} of lines) {
      const id = /^\s*sccAuthenticatorId\s*:\s*(.*?)\s*$/i.exec(text)?.[1]
      if (id !== undefined) {
        if (entry) yield readEntry(entry, options)
        entry = {line: number, serial: id}
        continue
      }
      const data = /^\s*sccTokenData\s*:\s*(.*?)\s*$/i.exec(text)?.[1]
      if (data === undefined) continue
      if (entry) entry.data = data
      else yield {line: number, error: 'the data belongs to no sccAuthenticatorId'}
    }
  }
  if (entry) yield readEntry(entry, options)
}

/** The data is `sccKey=<hex>;sccMode=E;sccPwLen=6;…`; only mode E, event based, is an OATH token. */
function readEntry({line, serial, data}: Entry, options: ReadOptions): ImportedRow {
  return rowOf(line, {serial, type: 'hotp'}, () => {
    if (data === undefined) throw new RowError('sccTokenData is missing')
    const fields = new Map(
      data.split(';').map((part) => {
        const [name = '', ...rest] = part.split('=')
        return [name.trim().toLowerCase(), rest.join('=').trim()]
      }),
    )
    const mode = fields.get('sccmode')
    if (mode?.toUpperCase() !== 'E') throw new RowError('only tokens of mode E (event) are supported')
    const digits = fields.get('sccpwlen')
    const secret = need(readSeed(fields.get('scckey') ?? '', 'hex'))
    return {
      serial: needSerial(serial),
      type: 'hotp',
      secret,
      hashlib: options.hashlib ? need(readHashlib(options.hashlib)) : secret.length === 64 ? 'sha256' : 'sha1',
      ...(digits ? {otplen: need(readOtplen(digits))} : options.otplen !== undefined && {otplen: options.otplen}),
    }
  })
}
