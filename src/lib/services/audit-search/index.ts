import type {KeyObject} from 'node:crypto'
import {generationsPath, readGenerations} from '../../audit/generations.js'
import {auditPublicKey} from '../../audit/keys.js'
import {verifyAuditRow} from '../../audit/sign.js'
import type {Settings} from '../../config/settings.js'
import {readPublicKey} from '../../crypto/signature.js'
import type {Database, Row, Schema} from '../../db/database.js'
import {signedFields} from '../../store/audit.js'
import {auditCondition, type AuditFilters} from './filters.js'
import type {FoundRow} from './record.js'

export interface SearchOptions {
  /** `id` backwards, or forwards; `date` as the original dumps. */
  order?: 'date' | 'newest' | 'oldest'
  limit?: number | undefined
  /** Only the key in use counts, as for the original. */
  presentKeyOnly?: boolean
  now?: number
}

const pageSize = 500

/** Reads the audit log. */
export class AuditSearchService {
  readonly #settings: Settings
  readonly #database: () => Promise<Database>

  constructor({settings, database}: {settings: Settings; database: () => Promise<Database>}) {
    this.#settings = settings
    this.#database = database
  }

  async schema(): Promise<Schema> {
    return (await this.#database()).schema
  }

  /**
   * Pages of the rows that meet the filters, with the check of their signatures; memory stays flat.
   * @throws PiError USAGE, CONFIG, UNAVAILABLE
   */
  async *search(filters: AuditFilters, options: SearchOptions = {}): AsyncIterable<FoundRow[]> {
    const {order = 'newest', limit = Number.POSITIVE_INFINITY, presentKeyOnly = false, now = Date.now()} = options
    const db = await this.#database()
    const condition = auditCondition(filters, {schema: db.schema, now})
    const keys = await this.#keys(presentKeyOnly)
    const allowOld = this.#settings.flag('PI_CHECK_OLD_SIGNATURES')
    const pages =
      order === 'date'
        ? byDate(db, condition)
        : db.pages<Row>(db.schema.auditTable, {size: pageSize, descending: order === 'newest', build: condition})
    let left = limit
    for await (const page of pages) {
      const rows = page.slice(0, left)
      const ids = await this.#neighbours(db, rows)
      yield rows.map((row) => {
        const id = Number(row['id'])
        const fields = signedFields(row, db.schema)
        const signature = row['signature'] as string | null
        return {
          row,
          verified: keys.some((key) => verifyAuditRow(key, fields, signature, {allowOld})),
          neighbours: ids.has(id - 1) && ids.has(id + 1),
        }
      })
      left -= rows.length
      if (left <= 0) return
    }
  }

  async #neighbours(db: Database, rows: readonly Row[]): Promise<Set<number>> {
    const ids = new Set(rows.map((row) => Number(row['id'])))
    const around = [...new Set([...ids].flatMap((id) => [id - 1, id + 1]))].filter((id) => !ids.has(id))
    const found = (await db.k(db.schema.auditTable).whereIn('id', around).select('id')) as Row[]
    for (const row of found) ids.add(Number(row['id']))
    return ids
  }

  async #keys(presentOnly: boolean): Promise<KeyObject[]> {
    if (this.#settings.flag('PI_AUDIT_NO_SIGN')) return []
    const present = await auditPublicKey(this.#settings)
    const path = presentOnly ? undefined : generationsPath(this.#settings)
    const earlier = path === undefined ? [] : await readGenerations(path)
    return [...(present ? [present] : []), ...earlier.map(({publicKey}) => readPublicKey(publicKey))]
  }
}

/** Rows without a date first, as most databases sort them. */
async function* byDate(db: Database, condition: ReturnType<typeof auditCondition>): AsyncIterable<Row[]> {
  const table = db.schema.auditTable
  yield* db.pages<Row>(table, {size: pageSize, build: (query) => void condition(query.whereNull('date'))})
  let last: {date: string; id: number} | undefined
  for (;;) {
    const query = db.k(table).whereNotNull('date').orderBy('date').orderBy('id').limit(pageSize)
    if (last) {
      const {date, id} = last
      query.where((later) => later.where('date', '>', date).orWhere((same) => same.where({date}).where('id', '>', id)))
    }
    condition(query)
    const rows = (await query) as Row[]
    if (rows.length > 0) yield rows
    if (rows.length < pageSize) return
    last = {date: String(rows.at(-1)!['date']), id: Number(rows.at(-1)!['id'])}
  }
}
