import {durationOf, sixDigits} from '../../db/dates.js'
import type {Row, Schema} from '../../db/database.js'
import {readColumnTime} from '../authenticate/times.js'

/** A row of the audit log, as it is shown. */
export interface AuditRecord {
  id: number
  /** ISO 8601, UTC. */
  date: string | null
  startdate: string | null
  /** Seconds. */
  duration: number | null
  signature: 'OK' | 'FAIL'
  /** Whether the ids before and after it are there. */
  neighbours: boolean
  action: string | null
  success: boolean | null
  serial: string | null
  tokenType: string | null
  user: string | null
  realm: string | null
  resolver: string | null
  administrator: string | null
  actionDetail: string | null
  info: string | null
  server: string | null
  client: string | null
  policies: string[]
  threadId: string | null
  loglevel: string | null
  clearanceLevel: string | null
  /** From 3.10 on. */
  authentication?: string | null
  containerSerial?: string | null
  containerType?: string | null
  userAgent?: string | null
  userAgentVersion?: string | null
}

/** A row as it was read, and what was found out about it. */
export interface FoundRow {
  row: Row
  verified: boolean
  neighbours: boolean
}

export function auditRecord({row, verified, neighbours}: FoundRow, schema: Schema): AuditRecord {
  const text = (column: string) => (row[column] === null || row[column] === undefined ? null : String(row[column]))
  const duration = text('duration')
  const policies = text('policies')
  const has = (column: string) => schema.hasColumn(schema.auditTable, column)
  return {
    id: Number(row['id']),
    date: utcOf(text('date')),
    startdate: utcOf(text('startdate')),
    duration: duration === null ? null : (durationOf(duration) ?? 0) / 1e6,
    signature: verified ? 'OK' : 'FAIL',
    neighbours,
    action: text('action'),
    success: row['success'] === null ? null : Number(row['success']) === 1,
    serial: text('serial'),
    tokenType: text('token_type'),
    user: text('user'),
    realm: text('realm'),
    resolver: text('resolver'),
    administrator: text('administrator'),
    actionDetail: text('action_detail'),
    info: text('info'),
    server: text(schema.auditServerColumn),
    client: text('client'),
    policies: policies ? policies.split(',') : [],
    threadId: text('thread_id'),
    loglevel: text('loglevel'),
    clearanceLevel: text('clearance_level'),
    ...(has('authentication') && {authentication: text('authentication')}),
    ...(has('container_serial') && {
      containerSerial: text('container_serial'),
      containerType: text('container_type'),
    }),
    ...(has('user_agent') && {userAgent: text('user_agent'), userAgentVersion: text('user_agent_version')}),
  }
}

function utcOf(text: string | null): string | null {
  if (text === null) return null
  const ms = readColumnTime(text, 'local')
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

/** Columns of the original's dump, by release (spec/04 §9). */
function legacyColumns(schema: Schema): string[] {
  const later = schema.hasColumn(schema.auditTable, 'authentication')
  return [
    'number',
    'date',
    'sig_check',
    'missing_line',
    'action',
    ...(later ? ['authentication'] : []),
    'success',
    'serial',
    'token_type',
    ...(later ? ['container_serial', 'container_type'] : []),
    'user',
    'realm',
    'resolver',
    'administrator',
    'action_detail',
    'info',
    schema.auditServerColumn,
    'policies',
    'client',
    ...(later ? ['user_agent', 'user_agent_version'] : []),
    'loglevel',
    'clearance_level',
    'startdate',
    'duration',
    'thread_id',
  ]
}

/** A line of the original's dump: all in single quotes, nothing escaped. */
export function legacyLine({row, verified, neighbours}: FoundRow, schema: Schema): string {
  const cells = legacyColumns(schema).map((column) => {
    if (column === 'number') return String(row['id'] as number)
    if (column === 'sig_check') return verified ? 'OK' : 'FAIL'
    if (column === 'missing_line') return neighbours ? 'OK' : 'FAIL'
    const value = row[column]
    if (value === null || value === undefined) return 'None'
    if (column === 'date' || column === 'startdate') return isoText(String(value))
    if (column === 'duration') return pythonFloat((durationOf(String(value)) ?? 0) / 1e6)
    return String(value as string | number)
  })
  return `${cells.map((cell) => `'${cell}'`).join(',')}\n`
}

/** Python's `isoformat`: no fraction when it is zero. */
function isoText(text: string): string {
  return sixDigits(text)
    .replace(' ', 'T')
    .replace(/\.000000$/, '')
}

/** Python's `str` of a float. */
function pythonFloat(value: number): string {
  if (Number.isInteger(value)) return `${value}.0`
  if (Math.abs(value) >= 1e-4) return String(value)
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
