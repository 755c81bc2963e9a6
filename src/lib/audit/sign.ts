import type {KeyObject} from 'node:crypto'
import {signText, verifyText} from '../crypto/signature.js'

/** The signed fields of an audit row, as read back from the database (spec/02 §10.2). */
export interface SignedAuditFields {
  id: number
  /** `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
  date: string | null
  action: string | null
  success: number | null
  serial: string | null
  tokenType: string | null
  user: string | null
  realm: string | null
  administrator: string | null
  actionDetail: string | null
  info: string | null
  /** `privacyidea_server` or `edumfa_server`. */
  server: string | null
  client: string | null
  loglevel: string | null
  clearanceLevel: string | null
  /** Like `date`; null in rows from before 3.5. */
  startdate: string | null
  /** Microseconds. */
  duration: number | null
  /** Null where the schema has no such columns (before 3.10, eduMFA). */
  containerSerial: string | null
  containerType: string | null
}

/** The text that is signed of a row. */
export function auditText(row: SignedAuditFields): string {
  const date = row.date === null ? null : pythonDate(row.date)
  const parts = [
    `id=${row.id}`,
    `date=${date ?? 'None'}`,
    `action=${row.action ?? 'None'}`,
    `succ=${row.success ?? 'None'}`,
    `serial=${row.serial ?? 'None'}`,
    `t=${row.tokenType ?? 'None'}`,
    `u=${row.user ?? 'None'}`,
    `r=${row.realm ?? 'None'}`,
    `adm=${row.administrator ?? 'None'}`,
    `ad=${row.actionDetail ?? 'None'}`,
    `i=${row.info ?? 'None'}`,
    `ps=${row.server ?? 'None'}`,
    `c=${row.client ?? 'None'}`,
    `l=${row.loglevel ?? 'None'}`,
    `cl=${row.clearanceLevel ?? 'None'}`,
  ]
  if (row.startdate) parts.push(pythonDate(row.startdate))
  if (row.duration) parts.push(pythonDuration(row.duration))
  if (row.containerSerial) parts.push(`c_serial=${row.containerSerial}`)
  if (row.containerType) parts.push(`ct=${row.containerType}`)
  return parts.join(',')
}

/** The value of the column `signature`; empty without a key, as the original writes it. */
export async function signAuditRow(privateKey: KeyObject | undefined, row: SignedAuditFields): Promise<string> {
  return privateKey ? signText(privateKey, auditText(row)) : ''
}

/** `OK` or `FAIL` in the original's words is true or false here. @param options.allowOld `PI_CHECK_OLD_SIGNATURES` */
export function verifyAuditRow(
  publicKey: KeyObject,
  row: SignedAuditFields,
  signature: string | null,
  options: {allowOld?: boolean} = {},
): boolean {
  return verifyText(publicKey, auditText(row), signature, options)
}

/** `str(datetime)`: six digits of a second's fraction, or none when it is zero. */
export function pythonDate(date: string): string {
  const [, whole = date, fraction = ''] = /^(.*?)(?:\.(\d{1,6})\d*)?$/.exec(date.replace('T', ' ')) ?? []
  const digits = fraction.padEnd(6, '0')
  return digits === '000000' ? whole : `${whole}.${digits}`
}

const [secondUs, dayUs] = [1_000_000, 86_400_000_000]

/** `str(timedelta)`: `[D day[s], ]H:MM:SS[.ffffff]`; of a negative one only the days are negative. */
export function pythonDuration(microseconds: number): string {
  const days = Math.floor(microseconds / dayUs)
  const rest = microseconds - days * dayUs
  const seconds = Math.floor(rest / secondUs)
  const two = (value: number) => String(value).padStart(2, '0')
  const time = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const fraction = rest % secondUs
  return [
    days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `,
    time,
    fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`,
  ].join('')
}
