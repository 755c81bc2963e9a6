import type {Knex} from 'knex'
import {auditColumn, auditColumns} from '../../audit/columns.js'
import {localBefore, localNow} from '../../audit/local-time.js'
import type {Schema} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {parseTimedelta} from '../../python/timedelta.js'

/** Which rows are looked for; all that is given must hold. */
export interface AuditFilters {
  /** Column to a text; `*` stands for any text, a leading `!` for not. */
  columns?: Readonly<Record<string, string>>
  success?: boolean | undefined
  /** A span before now, or a moment: local time, or with a zone. */
  since?: string | undefined
  until?: string | undefined
  /** Rows with a greater id. */
  afterId?: number | undefined
}

/**
 * Conditions of a query.
 * @param now milliseconds since 1970, UTC
 * @throws PiError USAGE (no such column, no date)
 */
export function auditCondition(
  filters: AuditFilters,
  {schema, now}: {schema: Schema; now: number},
): (query: Knex.QueryBuilder) => void {
  const {columns = {}, success, since, until, afterId} = filters
  const from = since === undefined ? undefined : momentOf(since, now)
  const to = until === undefined ? undefined : momentOf(until, now)
  const texts = Object.entries(columns).map(([name, value]) => {
    const column = auditColumn(schema, name)
    if (column !== undefined) return {column, value}
    throw new PiError('USAGE', `The audit table has no column '${name}'.`, {
      hints: [`The columns are ${auditColumns(schema).join(', ')}`],
    })
  })
  return (query) => {
    if (afterId !== undefined) query.where('id', '>', afterId)
    if (from !== undefined) query.where('date', '>=', from)
    if (to !== undefined) query.where('date', '<', to)
    if (success !== undefined) query.where('success', success ? 1 : 0)
    for (const {column, value} of texts) textCondition(query, column, value)
  }
}

function textCondition(query: Knex.QueryBuilder, column: string, given: string): void {
  const negated = given.startsWith('!')
  const text = negated ? given.slice(1) : given
  if (!text.includes('*')) {
    if (negated) query.whereNot(column, text)
    else query.where(column, text)
    return
  }
  const pattern = text.replaceAll(/[/%_]/g, '/$&').replaceAll('*', '%')
  query.whereRaw(`?? ${negated ? 'NOT LIKE' : 'LIKE'} ? ESCAPE '/'`, [column, pattern])
}

/** As a column holds it: naive local time. @throws PiError USAGE */
export function momentOf(text: string, now: number): string {
  if (/^\s*\d+\s*[smhdy]\s*$/.test(text)) return localBefore(now, parseTimedelta(text))
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim())
  const [, day, time = '00:00', zone] = match ?? []
  if (day !== undefined && !Number.isNaN(Date.parse(`${day}T${time.slice(0, 5)}Z`))) {
    if (zone !== undefined) return localNow(Date.parse(`${day}T${time}${zone}`))
    const [whole, fraction = ''] = `${time}${time.length === 5 ? ':00' : ''}`.split('.')
    return `${day} ${whole}.${fraction.padEnd(6, '0')}`
  }
  throw new PiError('USAGE', `'${text}' is neither a span nor a moment.`, {
    hints: ['Write 2h, 30d, 2025-03-30 or 2025-03-30T14:00'],
  })
}
