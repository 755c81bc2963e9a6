import type {Knex} from 'knex'

/** Per table how many statements or rows changed it. */
export type Changes = Map<string, number>

interface FinishedQuery {
  sql?: string
  /** sqlite3: the statement, with the number of rows; `mysql2` and `pg` say it in the response. */
  context?: {changes?: number}
  response?: unknown
}

const changing = /^\s*(?:insert\s+into|replace\s+into|update|delete\s+from)\s+["`]?(\w+)/i

/** Counts what the statements of a transaction change, while it runs. */
export function countChanges(trx: Knex.Transaction): Changes {
  const changes: Changes = new Map()
  trx.on('query-response', (_response: unknown, query: FinishedQuery) => {
    const table = changing.exec(query.sql ?? '')?.[1]
    if (table === undefined) return
    // One, where the driver does not say how many.
    const rows = rowsOf(query) ?? 1
    if (rows > 0) changes.set(table, (changes.get(table) ?? 0) + rows)
  })
  return changes
}

function rowsOf({context, response}: FinishedQuery): number | undefined {
  const answer = (Array.isArray(response) ? response[0] : response) as
    {rowCount?: unknown; affectedRows?: unknown} | undefined
  for (const count of [answer?.affectedRows, answer?.rowCount, context?.changes]) {
    if (typeof count === 'number') return count
  }
  return undefined
}
