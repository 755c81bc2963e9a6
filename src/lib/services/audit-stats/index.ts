import type {Database, Row} from '../../db/database.js'
import {auditCondition, type AuditFilters} from '../audit-search/filters.js'

/** How often something occurs. */
export interface Tally {
  name: string
  rows: number
  failed: number
}

export interface AuditStats {
  rows: number
  failed: number
  /** First and last date of the rows, local time of the server. */
  from: string | null
  to: string | null
  actions: Tally[]
  users: Tally[]
  realms: Tally[]
  clients: Tally[]
  /** Each hour from the first to the last one: `2025-03-30 04`. */
  hours: Tally[]
  /** The 24 hours of the day. */
  hoursOfDay: Tally[]
}

export interface StatsOptions {
  /** Entries of each list. */
  top: number
  now?: number
  signal?: AbortSignal | undefined
  onProgress?: ((rows: number) => void) | undefined
}

/** Hours that are shown one by one; longer spans are counted by days. */
const shownHours = 24 * 92

/**
 * Counts the audit log by action, user, realm, client and hour, in one pass.
 * @throws PiError USAGE, UNAVAILABLE
 */
export async function auditStats(db: Database, filters: AuditFilters, options: StatsOptions): Promise<AuditStats> {
  const {top, now = Date.now(), signal, onProgress} = options
  const condition = auditCondition(filters, {schema: db.schema, now})
  const counts = {
    action: new Counter(),
    user: new Counter(),
    realm: new Counter(),
    client: new Counter(),
    hour: new Counter(),
    hourOfDay: new Counter(),
  }
  let [rows, failed] = [0, 0]
  let [from, to]: [string | null, string | null] = [null, null]
  for await (const page of db.pages<Row>(db.schema.auditTable, {
    size: 5000,
    build: (query) => void condition(query.select('id', 'date', 'action', 'success', 'user', 'realm', 'client')),
  })) {
    if (signal?.aborted) break
    for (const row of page) {
      const bad = Number(row['success']) !== 1
      rows += 1
      if (bad) failed += 1
      for (const name of ['action', 'user', 'realm', 'client'] as const) {
        const value = row[name]
        if (value) counts[name].add(String(value as string), bad)
      }
      const date = row['date'] as string | null
      if (!date) continue
      if (from === null || date < from) from = date
      if (to === null || date > to) to = date
      counts.hour.add(date.slice(0, 13), bad)
      counts.hourOfDay.add(date.slice(11, 13), bad)
    }
    onProgress?.(page.length)
  }
  return {
    rows,
    failed,
    from,
    to,
    actions: counts.action.top(top),
    users: counts.user.top(top),
    realms: counts.realm.top(top),
    clients: counts.client.top(top),
    hours: from !== null && to !== null ? filled(counts.hour, from, to) : [],
    hoursOfDay: Array.from({length: 24}, (_, hour) => counts.hourOfDay.of(String(hour).padStart(2, '0'))),
  }
}

class Counter {
  readonly #counts = new Map<string, {rows: number; failed: number}>()

  add(name: string, failed: boolean, rows = 1): void {
    const found = this.#counts.get(name) ?? {rows: 0, failed: 0}
    found.rows += rows
    if (failed) found.failed += rows
    this.#counts.set(name, found)
  }

  of(name: string): Tally {
    return {name, ...(this.#counts.get(name) ?? {rows: 0, failed: 0})}
  }

  top(count: number): Tally[] {
    return [...this.#counts]
      .map(([name, found]) => ({name, ...found}))
      .sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1))
      .slice(0, count)
  }

  names(): IterableIterator<string> {
    return this.#counts.keys()
  }
}

/** Hours without rows count too; a long span is given by days. */
function filled(hours: Counter, from: string, to: string): Tally[] {
  const moment = (text: string) => Date.parse(`${text.slice(0, 13).replace(' ', 'T')}:00:00Z`)
  const [first, last] = [moment(from), moment(to)]
  const byDay = (last - first) / 3_600_000 > shownHours
  const length = byDay ? 10 : 13
  const sums = new Map<string, Tally>()
  const step = byDay ? 86_400_000 : 3_600_000
  for (let at = first; at <= last + step - 1 && sums.size < 40_000; at += step) {
    const name = new Date(at).toISOString().slice(0, length).replace('T', ' ')
    if (name <= to.slice(0, length)) sums.set(name, {name, rows: 0, failed: 0})
  }
  for (const hour of hours.names()) {
    const sum = sums.get(hour.slice(0, length))
    const {rows, failed} = hours.of(hour)
    if (!sum) continue
    sum.rows += rows
    sum.failed += failed
  }
  return [...sums.values()]
}
