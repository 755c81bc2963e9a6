import {damaged} from './text.js'

/** A row of a table in an SQL dump: values as text, `null` for NULL; names in lower case. */
export interface DumpRow {
  /** Of the statement, from 1. */
  line: number
  table: string
  values: Record<string, string | null>
}

interface Token {
  kind: 'end' | 'name' | 'null' | 'sign' | 'value'
  text: string
}

const skipped = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[^]*?\*\/)*/y
const quotedName = /`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|\[([^\]]+)\]/y
const word = /[A-Za-z_][\w$]*/y
const number = /[+-]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)/y
const hexText = /[xX]'((?:[0-9a-fA-F]{2})*)'/y
const textStart = /[NnEe]?'/y

const escapes: Readonly<Record<string, string>> = {'0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a'}

/**
 * The rows that a dump of mysqldump, pg_dump, sqlite3 or SQL Server inserts, in order. Statements are only looked at, never
 * run; everything but CREATE TABLE, INSERT and COPY is passed over.
 * @throws PiError INVALID_INPUT for a statement that breaks off
 */
export function* dumpRows(name: string, sql: string): Iterable<DumpRow> {
  yield* new DumpReader(name, sql).rows()
}

class DumpReader {
  readonly #name: string
  readonly #sql: string
  /** MySQL, which quotes names so, has backslashes in its texts. */
  readonly #backslashes: boolean
  readonly #columns = new Map<string, string[]>()
  #at = 0
  /** Where the last token begins. */
  #start = 0
  #line = 1
  #counted = 0

  constructor(name: string, sql: string) {
    this.#name = name
    this.#sql = sql
    this.#backslashes = /(?:INTO|TABLE)\s+(?:IF NOT EXISTS\s+)?`/i.test(sql)
  }

  *rows(): Iterable<DumpRow> {
    for (;;) {
      const first = this.#next()
      if (first.kind === 'end') return
      const keyword = first.kind === 'name' ? first.text.toUpperCase() : ''
      if (keyword === 'CREATE') this.#create()
      else if (keyword === 'INSERT' || keyword === 'REPLACE') yield* this.#insert()
      else if (keyword === 'COPY') yield* this.#copy()
      else if (first.text !== ';' && !(keyword === 'GO')) this.#skipStatement()
    }
  }

  /** Learns the columns of a table, for inserts that do not name them. */
  #create(): void {
    let token = this.#next()
    if (token.text.toUpperCase() !== 'TABLE') return this.#skipStatement()
    token = this.#next()
    while (['EXISTS', 'IF', 'NOT'].includes(token.text.toUpperCase())) token = this.#next()
    const {table, after} = this.#tableName(token)
    if (after.text !== '(') return this.#skipStatement()
    const columns: string[] = []
    const constraints = new Set(['check', 'constraint', 'foreign', 'fulltext', 'index', 'key', 'primary', 'unique'])
    for (let depth = 1, starts = true; depth > 0;) {
      token = this.#next()
      if (token.kind === 'end') throw this.#cut()
      if (starts && token.kind === 'name' && !constraints.has(token.text.toLowerCase())) {
        columns.push(token.text.toLowerCase())
      }
      starts = depth === 1 && token.text === ',' && token.kind === 'sign'
      if (token.kind === 'sign') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
    }
    this.#columns.set(table, columns)
    this.#skipStatement()
  }

  *#insert(): Iterable<DumpRow> {
    let token = this.#next()
    while (['IGNORE', 'INTO', 'OR', 'REPLACE'].includes(token.text.toUpperCase())) token = this.#next()
    const named = this.#tableName(token)
    const {table} = named
    token = named.after
    let columns = this.#columns.get(table)
    if (token.text === '(' && token.kind === 'sign') {
      columns = this.#names()
      token = this.#next()
    }
    if (token.text.toUpperCase() !== 'VALUES') return this.#skipStatement()
    for (;;) {
      token = this.#next()
      if (token.text !== '(') break
      const line = this.#lineHere()
      yield {line, table, values: this.#named(columns, this.#tuple())}
      token = this.#next()
      if (token.text !== ',') break
    }
    if (token.kind === 'end' || token.text === ';') return
    this.#at = this.#start
    this.#skipStatement()
  }

  #tuple(): (string | null)[] {
    const values: (string | null)[] = []
    let current: string | null = null
    for (let depth = 1; ;) {
      const token = this.#next()
      if (token.kind === 'end') throw this.#cut()
      if (token.kind === 'value') current = token.text
      else if (token.kind === 'null') current = null
      else if (token.kind === 'name' && /^(?:false|true)$/i.test(token.text)) current = token.text.toLowerCase()
      else if (token.text === '(') depth += 1
      else if (token.text === ')') {
        depth -= 1
        if (depth === 0) {
          values.push(current)
          return values
        }
      } else if (token.text === ',' && depth === 1) {
        values.push(current)
        current = null
      }
    }
  }

  /** `COPY table (columns) FROM stdin;`, then rows with tabs up to `\.`. */
  *#copy(): Iterable<DumpRow> {
    const {table, after} = this.#tableName(this.#next())
    const columns = after.text === '(' ? this.#names() : this.#columns.get(table)
    this.#skipStatement()
    this.#at = this.#sql.indexOf('\n', this.#at) + 1
    for (;;) {
      const end = this.#sql.indexOf('\n', this.#at)
      if (this.#at === 0 || end < 0) throw this.#cut()
      const text = this.#sql.slice(this.#at, end).replace(/\r$/, '')
      const line = this.#lineHere()
      this.#at = end + 1
      if (text === '\\.') return
      const fields = text.split('\t').map((field) => (field === '\\N' ? null : unescaped(field)))
      yield {line, table, values: this.#named(columns, fields)}
    }
  }

  #names(): string[] {
    const names: string[] = []
    for (;;) {
      const token = this.#next()
      if (token.kind === 'end') throw this.#cut()
      if (token.text === ')' && token.kind === 'sign') return names
      if (token.kind === 'name') names.push(token.text.toLowerCase())
    }
  }

  /** The last part of `schema.table`, and the token after it. */
  #tableName(token: Token): {table: string; after: Token} {
    let table = token.text.toLowerCase()
    let after = this.#next()
    while (after.text === '.') {
      table = this.#next().text.toLowerCase()
      after = this.#next()
    }
    return {table, after}
  }

  #named(columns: readonly string[] | undefined, values: readonly (string | null)[]): Record<string, string | null> {
    const row: Record<string, string | null> = {}
    for (const [at, value] of values.entries()) row[columns?.[at] ?? String(at)] = value
    return row
  }

  /** To behind the next `;`, or to an INSERT or GO at the beginning of a line: SQL Server needs no semicolons. */
  #skipStatement(): void {
    for (;;) {
      const token = this.#next()
      if (token.kind === 'end' || (token.kind === 'sign' && token.text === ';')) return
      if (this.#beginsStatement(token)) {
        this.#at = this.#start
        return
      }
    }
  }

  #beginsStatement({kind, text}: Token): boolean {
    return (
      kind === 'name' &&
      /^(?:GO|INSERT)$/i.test(text) &&
      /\n\s*$/.test(this.#sql.slice(Math.max(0, this.#start - 80), this.#start))
    )
  }

  #next(): Token {
    this.#match(skipped)
    this.#start = this.#at
    if (this.#at >= this.#sql.length) return {kind: 'end', text: ''}
    const hex = this.#match(hexText)
    if (hex) return {kind: 'value', text: Buffer.from(hex[1]!, 'hex').toString('latin1')}
    if (this.#match(textStart)) return {kind: 'value', text: this.#text()}
    const quoted = this.#match(quotedName)
    if (quoted) return {kind: 'name', text: quoted[1] ?? quoted[2] ?? quoted[3] ?? ''}
    const name = this.#match(word)
    if (name) return {kind: name[0].toUpperCase() === 'NULL' ? 'null' : 'name', text: name[0]}
    const digits = this.#match(number)
    if (digits) return {kind: 'value', text: digits[0]}
    this.#at += 1
    return {kind: 'sign', text: this.#sql[this.#at - 1]!}
  }

  /** The rest of a text whose opening quote was read. */
  #text(): string {
    let text = ''
    for (let start = this.#at; ;) {
      const at = this.#at
      const sign = this.#sql[at]
      if (sign === undefined) throw this.#cut()
      this.#at += 1
      if (sign === '\\' && this.#backslashes) {
        const escaped = this.#sql[this.#at] ?? ''
        text += this.#sql.slice(start, at) + (escapes[escaped] ?? escaped)
        this.#at += 1
        start = this.#at
      } else if (sign === "'") {
        if (this.#sql[this.#at] !== "'") return text + this.#sql.slice(start, at)
        text += `${this.#sql.slice(start, at)}'`
        this.#at += 1
        start = this.#at
      }
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#sql)
    if (found) this.#at = pattern.lastIndex
    return found
  }

  #lineHere(): number {
    for (let end = this.#sql.indexOf('\n', this.#counted); end >= 0 && end < this.#at;) {
      this.#line += 1
      this.#counted = end + 1
      end = this.#sql.indexOf('\n', this.#counted)
    }
    return this.#line
  }

  #cut() {
    return damaged(this.#name, this.#lineHere(), 'the dump breaks off inside a statement')
  }
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/g, (_, sign: string) => escapes[sign] ?? sign)
}
