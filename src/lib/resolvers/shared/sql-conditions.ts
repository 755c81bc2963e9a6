import type {Knex} from 'knex'
import {PiError} from '../../errors.js'

/** One condition of the setting `Where`; the operator is SQL, the value is bound. */
export interface WherePart {
  column: string
  operator: 'like' | '=' | '>' | '<'
  value: string
}

/**
 * Reads `Where` (spec/10 §5.2): `column operator value` joined by ` and `, operators `like`, `==`, `>` and `<`; a part
 * with another operator is without effect, as in the original.
 * @throws PiError CONFIG for a part that is not three words
 */
export function readWhere(text: string): WherePart[] {
  const parts: WherePart[] = []
  for (const part of text.trim() === '' ? [] : text.split(/ and /i)) {
    const [column, operator, value, ...rest] = part.trim().split(/\s+/)
    if (column === undefined || operator === undefined || value === undefined || rest.length > 0) {
      throw new PiError('CONFIG', `The Where part '${part.trim()}' of the SQL resolver is not: column operator value.`)
    }
    if (operator === '==') parts.push({column, operator: '=', value})
    else if (operator === '>' || operator === '<') parts.push({column, operator, value})
    else if (operator.toLowerCase() === 'like') parts.push({column, operator: 'like', value})
  }
  return parts
}

/** `/` is the escape character because a backslash means something else on each database. */
function escaped(text: string): string {
  return text.replace(/[/%_]/g, '/$&')
}

/** Equality with the case rules of the database's LIKE, without wildcards. */
export function likeText(query: Knex.QueryBuilder, column: string, text: string): Knex.QueryBuilder {
  return query.whereRaw("?? LIKE ? ESCAPE '/'", [column, escaped(text)])
}

/** A search pattern with `*` as wildcard; in a listing those of SQL count too, as in the original. */
export function matchesPattern(query: Knex.QueryBuilder, column: string, pattern: string): Knex.QueryBuilder {
  return query.whereRaw("?? LIKE ? ESCAPE '/'", [column, pattern.replaceAll('/', '//').replaceAll('*', '%')])
}

/** Narrows a query to an id as its column type asks; undefined when the column cannot hold such an id. */
export function equalsId(
  query: Knex.QueryBuilder,
  column: string,
  columnType: string,
  userId: string,
): Knex.QueryBuilder | undefined {
  const type = columnType.toLowerCase()
  if (/int|serial|numeric|decimal|number/.test(type)) {
    return /^-?\d{1,18}$/.test(userId) ? query.where(column, userId) : undefined
  }
  if (type === 'uuid' && !/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(userId)) return undefined
  return query.where(column, userId)
}
