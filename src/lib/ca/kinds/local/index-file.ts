import {PiError} from '../../../errors.js'

/** A line of index.txt, openssl's list of certificates. */
export interface IndexRow {
  /** `V` valid, `R` revoked, `E` expired (set by `openssl ca -updatedb` only). */
  state: 'E' | 'R' | 'V'
  /** End of validity as it stands there: `YYMMDDHHMMSSZ`, from 2050 on `YYYYMMDDHHMMSSZ`. */
  expires: string
  /** Time of the revocation, and after a comma the reason and what belongs to it; empty unless revoked. */
  revoked: string
  /** Upper-case hex of even length. */
  serial: string
  /** `unknown`. */
  file: string
  /** As X509_NAME_oneline prints it. */
  subject: string
}

/** @param name of the file, for messages @throws PiError CONFIG for a line that openssl would not take either */
export function parseIndex(text: string, name: string): IndexRow[] {
  const rows: IndexRow[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const fields = fieldsOf(line)
    const [state = '', expires = '', revoked = '', serial = '', file = '', subject = ''] = fields
    if (fields.length !== 6 || !/^[VRE]$/.test(state) || !/^[0-9A-Fa-f]+$/.test(serial) || !dateOf(expires)) {
      throw new PiError('CONFIG', `${name}, line ${index + 1}: this is no line of a list of certificates.`, {
        hints: ['The file was damaged, or edited by hand; index.txt.old is the state before the last change'],
      })
    }
    rows.push({state: state as IndexRow['state'], expires, revoked, serial: serial.toUpperCase(), file, subject})
  }
  return rows
}

export function formatIndex(rows: readonly IndexRow[]): string {
  return rows
    .map(({state, expires, revoked, serial, file, subject}) =>
      [state, expires, revoked, serial, file, subject].map((field) => field.replaceAll('\t', '\\\t')).join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Fields are separated by tabs; one after a backslash belongs to the field. */
function fieldsOf(line: string): string[] {
  const fields = ['']
  for (let index = 0; index < line.length; index++) {
    const char = line[index]!
    if (char === '\\' && line[index + 1] === '\t') fields[fields.length - 1] += line[++index]!
    else if (char === '\t') fields.push('')
    else fields[fields.length - 1] += char
  }
  return fields
}

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5); undefined when it is neither. */
export function dateOf(text: string): Date | undefined {
  const parts = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number)
  const full = parts[1]!.length === 4 ? year : year < 50 ? 2000 + year : 1900 + year
  const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second))
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** The inverse of {@link dateOf}. */
export function indexDate(date: Date): string {
  const text = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return `${date.getUTCFullYear() < 2050 ? text.slice(2) : text}Z`
}

/** Time and reason of a revoked row. */
export function revocationOf({revoked}: IndexRow): {at: Date | undefined; reason: string | undefined} {
  const [time = '', reason] = revoked.split(',')
  return {at: dateOf(time), reason: reason || undefined}
}
