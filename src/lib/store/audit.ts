import type {Database, Row, Schema} from '../db/database.js'
import {durationOf, durationText} from '../db/dates.js'
import type {SignedAuditFields} from '../audit/sign.js'
import type {AuditEntry} from '../types/audit.js'

/** How an entry is written. */
export interface AuditWriting {
  /** Local time in the form of a DATETIME column. */
  localTime: (ms: number) => string
  /** Milliseconds since 1970, UTC: now. */
  now: number
  /** Signs the text of a row; undefined: rows stay unsigned. */
  sign: ((row: SignedAuditFields) => Promise<string>) | undefined
}

/** The audit table of the installation, `pidea_audit` or `mfa_audit`. */
export class AuditRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Adds rows and signs them in one transaction. The signature covers the id and the values as the database gives them
   * back, so the rows are read again before they are signed (spec/01 §6.5).
   */
  async add(entries: readonly AuditEntry[], {localTime, now, sign}: AuditWriting): Promise<void> {
    if (entries.length === 0) return
    const table = this.#db.schema.auditTable
    const rows = entries.map((entry) => this.#row(entry, localTime, now))
    if (!sign) {
      await this.#db.insert(table, rows)
      return
    }
    await this.#db.transaction(async (tx) => {
      const ids = await tx.insert(table, rows)
      const stored: Row[] = await tx.k<Row>(table).whereIn('id', ids)
      const signed = await Promise.all(
        stored.map(async (row) => ({id: row['id'], signature: await sign(signedFields(row, tx.schema))})),
      )
      const cases = signed.map(() => 'WHEN ? THEN ?').join(' ')
      const bindings = signed.flatMap(({id, signature}) => [Number(id), signature])
      await tx
        .k(table)
        .whereIn('id', ids)
        .update({signature: tx.k.raw(`CASE ?? ${cases} END`, ['id', ...bindings])})
    })
  }

  /** Logins of a user since a moment, as the limits of policies count them (spec/07 §8.1.4). @param since local time */
  async countLogins({
    login,
    realm,
    since,
    success,
  }: {
    login: string
    realm: string
    since: string
    success: boolean
  }): Promise<number> {
    const {k, schema} = this.#db
    const [row] = await k(schema.auditTable)
      .count({n: '*'})
      .where({user: login, realm, success: success ? 1 : 0})
      .where('date', '>=', since)
      .where((either) =>
        either
          .where('action', 'like', '%/validate/check')
          .orWhere((auth) => auth.where('action', 'like', '%/auth').where('info', 'like', '%loginmode=privacyIDEA%')),
      )
    return Number((row as Row | undefined)?.['n'] ?? 0)
  }

  #row(entry: AuditEntry, localTime: (ms: number) => string, now: number): Row {
    const {schema} = this.#db
    const unset = /^3\.1[3-9]/.test(schema.version) && schema.product === 'privacyidea' ? '' : null
    const cut = (column: string, value: string | null) => {
      const length = schema.columnLength(schema.auditTable, column)
      return value === null ? unset : length === undefined ? value : [...value].slice(0, length).join('')
    }
    const names = [...new Set(entry.policies)]
    const width = schema.columnLength(schema.auditTable, 'policies')
    return {
      date: localTime(now),
      startdate: localTime(entry.startedAt),
      duration: durationText((now - entry.startedAt) * 1000),
      signature: '',
      action: cut('action', entry.action),
      success: entry.success ? 1 : 0,
      serial: cut('serial', entry.serial),
      token_type: cut('token_type', entry.tokenType),
      user: cut('user', entry.user),
      realm: cut('realm', entry.realm),
      resolver: cut('resolver', entry.resolver),
      administrator: cut('administrator', entry.administrator),
      action_detail: cut('action_detail', entry.actionDetail),
      info: cut('info', entry.info),
      [schema.auditServerColumn]: cut(schema.auditServerColumn, entry.server),
      client: cut('client', entry.client),
      loglevel: unset === '' ? 'default' : null,
      clearance_level: unset === '' ? 'default' : null,
      thread_id: cut('thread_id', entry.threadId),
      policies: names.length === 0 ? unset : shortenList(names, width),
      user_agent: cut('user_agent', entry.userAgent),
      user_agent_version: cut('user_agent_version', entry.userAgentVersion),
      authentication: cut('authentication', entry.authentication),
      container_serial: unset,
      container_type: unset,
    }
  }
}

/** Columns that the signature covers, as far as this schema has them. */
export function signedColumns(schema: Schema): string[] {
  return [
    'id',
    'date',
    'action',
    'success',
    'serial',
    'token_type',
    'user',
    'realm',
    'administrator',
    'action_detail',
    'info',
    schema.auditServerColumn,
    'client',
    'loglevel',
    'clearance_level',
    'startdate',
    'duration',
    'container_serial',
    'container_type',
  ].filter((column) => schema.hasColumn(schema.auditTable, column))
}

/** What of a row is signed, as the database gave it back. */
export function signedFields(row: Row, schema: Schema): SignedAuditFields {
  const text = (column: string) => (row[column] === null || row[column] === undefined ? null : String(row[column]))
  const duration = text('duration')
  return {
    id: Number(row['id']),
    date: text('date'),
    action: text('action'),
    success: row['success'] === null ? null : Number(row['success']),
    serial: text('serial'),
    tokenType: text('token_type'),
    user: text('user'),
    realm: text('realm'),
    administrator: text('administrator'),
    actionDetail: text('action_detail'),
    info: text('info'),
    server: text(schema.auditServerColumn),
    client: text('client'),
    loglevel: text('loglevel'),
    clearanceLevel: text('clearance_level'),
    startdate: text('startdate'),
    duration: duration === null ? null : (durationOf(duration) ?? null),
    containerSerial: text('container_serial'),
    containerType: text('container_type'),
  }
}

/**
 * Joins names so that they fit: the longest ones lose their ends to a `+` until all fit; when there are too many even
 * for that, the list is cut (spec/11 §A3).
 */
export function shortenList(names: readonly string[], width: number | undefined): string {
  let list = [...names]
  let text = list.join(',')
  if (width === undefined || text.length <= width) return text
  if (list.length >= width) return `${text.slice(0, width - 1)}+`
  while (text.length > width) {
    const longest = list.reduce((found, name) => (name.length > found.length ? name : found), '')
    if (longest.length < 2) return `${text.slice(0, width - 1)}+`
    list = list.map((name) => (name === longest ? `${name.slice(0, -2)}+` : name))
    text = list.join(',')
  }
  return text
}
