import type {DialectName} from './database.js'

/** A piece of SQL for knex: `??` stands for an identifier, `?` for a value. */
export interface SqlPart {
  sql: string
  bindings: readonly unknown[]
}

/** A test of a text; `exact` is false where rows pass that must be looked at once more. */
export interface SqlTest extends SqlPart {
  exact: boolean
}

/**
 * Comparisons of texts by code point, whatever the collation of the column: equality, prefixes and substrings are exact
 * on every database. Where one can, an index is used.
 */
export class TextMatch {
  readonly #dialect: DialectName

  constructor(dialect: DialectName) {
    this.#dialect = dialect
  }

  equals(text: SqlPart, value: string): SqlTest {
    if (this.#dialect !== 'mariadb') return test(`${text.sql} = ?`, [...text.bindings, value])
    // The first comparison finds an index, the second is case-sensitive.
    return test(`(${text.sql} = ? AND BINARY ${text.sql} = BINARY ?)`, [
      ...text.bindings,
      value,
      ...text.bindings,
      value,
    ])
  }

  prefix(text: SqlPart, prefix: string): SqlTest {
    const {sql, bindings} = text
    switch (this.#dialect) {
      case 'sqlite': {
        const start = test(`substr(${sql}, 1, ${[...prefix].length}) = ?`, [...bindings, prefix])
        const end = successor(prefix)
        if (end === undefined) return start
        return test(`(${sql} >= ? AND ${sql} < ? AND ${start.sql})`, [
          ...bindings,
          prefix,
          ...bindings,
          end,
          ...start.bindings,
        ])
      }
      case 'postgres': {
        return test(`${sql} LIKE ? ESCAPE '!'`, [...bindings, `${escapeLike(prefix)}%`])
      }
      case 'mariadb': {
        const like = `${escapeLike(prefix)}%`
        return test(`(${sql} LIKE ? ESCAPE '!' AND BINARY ${sql} LIKE BINARY ? ESCAPE '!')`, [
          ...bindings,
          like,
          ...bindings,
          like,
        ])
      }
    }
  }

  contains(text: SqlPart, part: string): SqlTest {
    const {sql, bindings} = text
    switch (this.#dialect) {
      case 'sqlite': {
        return test(`instr(${sql}, ?) > 0`, [...bindings, part])
      }
      case 'postgres': {
        return test(`strpos(${sql}, ?) > 0`, [...bindings, part])
      }
      case 'mariadb': {
        return test(`LOCATE(BINARY ?, BINARY ${sql}) > 0`, [part, ...bindings])
      }
    }
  }

  /** From `first` to `last`, both included, ordered by code point. */
  between(text: SqlPart, first: string, last: string): SqlTest {
    const {sql, bindings} = text
    const binary =
      this.#dialect === 'mariadb' ? `BINARY ${sql}` : this.#dialect === 'postgres' ? `${sql} COLLATE "C"` : sql
    return test(`(${binary} >= ? AND ${binary} <= ?)`, [...bindings, first, ...bindings, last])
  }

  /** Without regard to case; letters beyond ASCII must be looked at again. @param like a pattern of LIKE with escape `!` */
  likeIgnoringCase(text: SqlPart, like: string): SqlTest {
    const {sql, bindings} = text

    const exact = /^[\0-\x7f]*$/.test(like) && this.#dialect !== 'mariadb'
    const folded = this.#dialect === 'sqlite' ? sql : `LOWER(${sql})`

    if (this.#dialect === 'sqlite' && !/^[\0-\x7f]*$/.test(like)) {
      return {sql: `${sql} IS NOT NULL`, bindings, exact: false}
    }
    return {sql: `${folded} LIKE ? ESCAPE '!'`, bindings: [...bindings, like.toLowerCase()], exact}
  }

  /** Compares a text that may hold an integer; anything but plain digits passes and must be looked at again. */
  integer(text: SqlPart, operator: '<' | '<=' | '=' | '>' | '>=', value: bigint): SqlTest {
    const {sql, bindings} = text
    const plain = {
      sqlite: `(${sql} <> '' AND length(${sql}) <= 18 AND ${sql} NOT GLOB '*[^0-9]*')`,
      postgres: `${sql} ~ '^[0-9]{1,18}$'`,
      mariadb: `${sql} REGEXP '^[0-9]{1,18}$'`,
    }[this.#dialect]
    const cast = {sqlite: 'INTEGER', postgres: 'BIGINT', mariadb: 'SIGNED'}[this.#dialect]
    const times = this.#dialect === 'sqlite' ? 3 : 1
    const limit = value > 999_999_999_999_999_999n ? 999_999_999_999_999_999n + 1n : value < 0n ? -1n : value
    return {
      sql: `CASE WHEN ${plain} THEN CAST(${sql} AS ${cast}) ${operator} ${limit} ELSE ${sql} IS NOT NULL END`,
      bindings: [...Array.from({length: times}, () => bindings).flat(), ...bindings, ...bindings],
      exact: false,
    }
  }

  /** Compares the day in front of an ISO date; other texts pass. Zones move it by a day at most. @param day `YYYY-MM-DD` */
  day(text: SqlPart, operator: '<=' | '>=', day: string): SqlTest {
    const {sql, bindings} = text
    return {
      sql: `CASE WHEN ${sql} LIKE '____-__-__%' THEN SUBSTR(${sql}, 1, 10) ${operator} ? ELSE ${sql} IS NOT NULL END`,
      bindings: [...bindings, ...bindings, day, ...bindings],
      exact: false,
    }
  }

  /**
   * Tokens that have a row in a table of members. SQLite reads such a table once, having no index on its token column;
   * the others join.
   */
  memberOf(tables: string, tokenColumn: string, condition: SqlTest): SqlTest {
    const {sql, bindings, exact} = condition
    if (this.#dialect === 'sqlite') {
      return {sql: `token.id IN (SELECT ${tokenColumn} FROM ${tables} WHERE ${sql})`, bindings, exact}
    }
    return {sql: `EXISTS (SELECT 1 FROM ${tables} WHERE ${tokenColumn} = token.id AND ${sql})`, bindings, exact}
  }
}

/** Makes the wildcards of LIKE ordinary characters; the escape character is `!`. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, '!$&')
}

function test(sql: string, bindings: readonly unknown[]): SqlTest {
  return {sql, bindings, exact: true}
}

/** The least text that is greater than every text with this prefix. */
function successor(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0)!)
  const last = points.pop()
  if (last === undefined || last === 0xd7_ff || last >= 0x10_ff_ff) return undefined
  return String.fromCodePoint(...points, last + 1)
}
