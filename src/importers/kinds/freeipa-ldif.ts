import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {readCounter, readHashlib, readInteger, readOtplen, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {damaged, readText} from '../shared/text.js'

interface Entry {
  line: number
  /** Values by attribute, lower case; binary ones as bytes. */
  values: Map<string, Buffer>
}

/** Tokens of FreeIPA as `ldapsearch` or a backup gives them: LDIF (RFC 2849) with entries of class ipaToken. */
export const freeipaLdif: Importer = {
  format: 'freeipa-ldif',
  aliases: ['freeipa'],
  title: 'LDIF with the OTP tokens of FreeIPA',
  detect: ({text}) => /^ipatokenOTPkey::?\s/im.test(text),
  read: (input, options) => readEntries(input, options),
}

async function* readEntries(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  let entry: Entry | undefined
  let folded: {line: number; text: string} | undefined
  const flush = () => {
    if (folded && entry) addLine(input.name, entry, folded)
    folded = undefined
  }
  for await (const lines of readLines(input.name, readText(input, options.encoding))) {
    for (const {number, text: raw} of lines) {
      const text = raw.replace(/\r$/, '')
      if (text.startsWith('#')) continue
      if (text.startsWith(' ') && folded) {
        folded.text += text.slice(1)
        if (folded.text.length > 64 * 1024) throw damaged(input.name, folded.line, 'the value is too long')
        continue
      }
      flush()
      if (text === '') {
        if (entry?.values.has('ipatokenotpkey')) yield readEntry(entry, options)
        entry = undefined
        continue
      }
      entry ??= {line: number, values: new Map()}
      folded = {line: number, text}
    }
  }
  flush()
  if (entry?.values.has('ipatokenotpkey')) yield readEntry(entry, options)
}

/** `name: text` or `name:: base64`; of several values the first counts. */
function addLine(name: string, {values}: Entry, {line, text}: {line: number; text: string}): void {
  const parts = /^([\w.;-]+):(:?)\s*(.*)$/.exec(text)
  if (!parts) throw damaged(name, line, 'this is no LDIF')
  const [, attribute = '', base64, value = ''] = parts
  const bytes = base64 ? decodeBase64(value.trim()) : Buffer.from(value)
  if (!bytes) throw damaged(name, line, 'this value is not base64')
  const key = attribute.toLowerCase().split(';')[0]!
  if (!values.has(key)) values.set(key, bytes)
}

function readEntry({line, values}: Entry, options: ReadOptions): ImportedRow {
  const text = (name: string) => values.get(name.toLowerCase())?.toString('utf8').trim() || undefined
  const serial = text('ipatokenUniqueID') ?? ''
  return rowOf(line, {serial}, (): ImportedToken => {
    const secret = values.get('ipatokenotpkey')
    if (!secret || secret.length === 0) throw new RowError('the secret is missing')
    const counter = text('ipatokenHOTPcounter')
    const step = text('ipatokenTOTPtimeStep')
    const type = counter !== undefined && step === undefined ? 'hotp' : 'totp'
    const digits = text('ipatokenOTPdigits')
    const token: ImportedToken = {
      serial: needSerial(serial),
      type,
      secret: secret.toString('hex'),
      hashlib: need(readHashlib(options.hashlib ?? text('ipatokenOTPalgorithm') ?? 'sha1')),
      otplen: digits ? need(readOtplen(digits)) : 6,
    }
    if (type === 'hotp') token.counter = need(readCounter(counter ?? '0'))
    else {
      token.timeStep = step ? need(readTimeStep(step)) : 30
      const offset = text('ipatokenTOTPclockOffset')
      if (offset) token.timeShift = need(readInteger(offset, 'clock offset', -86_400_000, 86_400_000))
    }
    const description = text('description') ?? [text('ipatokenVendor'), text('ipatokenModel')].filter(Boolean).join(' ')
    if (description) token.description = description
    const login = /^uid=([^,]+),/i.exec(text('ipatokenOwner') ?? '')?.[1]
    if (login) token.user = {login}
    if (text('ipatokenDisabled')?.toUpperCase() === 'TRUE') token.state = {active: false}
    const info = {
      ...validity('validity_period_start', text('ipatokenNotBefore')),
      ...validity('validity_period_end', text('ipatokenNotAfter')),
    }
    if (Object.keys(info).length > 0) token.info = info
    return token
  })
}

/** Generalised time in UTC, `20240501123000Z`, as the originals keep validity. */
function validity(key: string, time: string | undefined): Record<string, string> {
  if (time === undefined) return {}
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:\d\d)?Z$/.exec(time)
  if (!parts) throw new RowError('a date of its validity cannot be read')
  const [, year, month, day, hour, minute] = parts
  return {[key]: `${year}-${month}-${day}T${hour}:${minute}+0000`}
}
