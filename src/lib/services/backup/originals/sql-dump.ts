import {createReadStream} from 'node:fs'
import {StringDecoder} from 'node:string_decoder'
import type {LiveColumn} from '../../../db/catalogue.js'
import {lengthOf} from '../../../db/catalogue.js'
import type {Field} from '../../../db/dump/contract.js'
import {PiError} from '../../../errors.js'
import {mysqlRows} from './mysql-values.js'

/** What a dump in SQL says, piece by piece. */
export type DumpPiece =
  | {kind: 'table'; name: string; columns: LiveColumn[]; primaryKey: string[]}
  | {kind: 'rows'; table: string; columns: string[] | undefined; rows: Field[][]}
  | {kind: 'sequence'; name: string; next: number}

export type SqlFlavour = 'mariadb' | 'postgres'

/** Longer lines are no dump: mysqldump ends a statement at 16 MiB. */
const longestLine = 256 * 1024 * 1024
const name = '[`"]?([^`".\\s(]+)[`"]?'
const createTable = new RegExp(`^CREATE TABLE (?:IF NOT EXISTS )?(?:[\`"]?\\w+[\`"]?\\.)?${name} \\($`)
const insertInto = new RegExp(`^INSERT (?:IGNORE )?INTO ${name}(?: \\(([^)]*)\\))? VALUES ?(.*)$`, 's')
const copyFrom = new RegExp(`^COPY (?:"?\\w+"?\\.)?${name} \\((.*)\\) FROM stdin;$`)
const setval = /SETVAL\(\s*[`'"]?(?:\w+\.)?(\w+)[`'"]?(?:::regclass)?\s*,\s*(\d+)\s*(?:,\s*(\w+))?/i

/** Which tool wrote a dump, by its first lines. @throws PiError INTEGRITY */
export async function flavourOf(file: string): Promise<SqlFlavour> {
  let lines = 0
  for await (const line of linesOf(file)) {
    if (/^-- PostgreSQL database dump/.test(line)) return 'postgres'
    if (/^-- (?:MySQL|MariaDB) dump|^\/\*M?!/.test(line)) return 'mariadb'
    if ((lines += 1) > 50) break
  }
  throw new PiError('INTEGRITY', 'The database dump in the backup was written neither by mysqldump nor by pg_dump.')
}

/**
 * Reads what mysqldump or pg_dump wrote (spec/04 §8). Nothing of it is run: tables and rows are taken out, all other
 * statements are passed over.
 * @throws PiError INTEGRITY (damaged)
 */
export async function* dumpPieces(file: string, flavour: SqlFlavour): AsyncGenerator<DumpPiece> {
  let rows: Rows | undefined
  let table: (DumpPiece & {kind: 'table'}) | undefined
  let complete = false
  for await (const line of linesOf(file)) {
    if (rows) {
      const ended = rows.add(line)
      if (ended || rows.isLarge) yield rows.take()
      if (ended) rows = undefined
    } else if (table) {
      if (line.startsWith(')')) {
        yield table
        table = undefined
      } else addDefinition(table, line.trim().replace(/,$/, ''))
    } else {
      const made = createTable.exec(line)
      if (made) table = {kind: 'table', name: made[1]!, columns: [], primaryKey: []}
      else if (flavour === 'postgres' && line.startsWith('COPY ')) rows = new CopiedRows(line)
      else if (flavour === 'mariadb' && line.startsWith('INSERT ')) {
        const inserted = new InsertedRows(line)
        if (inserted.ended) yield inserted.take()
        else rows = inserted
      } else if (/^(?:DO|SELECT)\b.*SETVAL\(/i.test(line)) yield* sequencePiece(line)
      if (/^-- (?:PostgreSQL database dump complete|Dump completed)/.test(line)) complete = true
    }
  }
  if (rows || table || !complete) throw damagedDump('its end')
}

/** Rows of a statement that goes over several lines. */
abstract class Rows {
  #rows: Field[][] = []
  protected abstract readonly table: string
  protected abstract readonly columns: string[] | undefined

  /** @returns whether this line was the last one */
  abstract add(line: string): boolean

  get isLarge(): boolean {
    return this.#rows.length >= 1000
  }

  take(): DumpPiece {
    const rows = this.#rows
    this.#rows = []
    return {kind: 'rows', table: this.table, columns: this.columns, rows}
  }

  protected push(rows: Field[][]): void {
    for (const row of rows) this.#rows.push(row)
  }
}

/** `COPY … FROM stdin;`, a line a row, up to `\.`. */
class CopiedRows extends Rows {
  protected readonly table: string
  protected readonly columns: string[]

  constructor(statement: string) {
    super()
    const [, table, columns = ''] = copyFrom.exec(statement) ?? []
    if (table === undefined) throw damagedDump('a COPY statement')
    this.table = table
    this.columns = namesIn(columns)
  }

  override add(line: string): boolean {
    if (line === '\\.') return true
    this.push([copyFields(line)])
    return false
  }
}

/** `INSERT INTO … VALUES (…),(…);`, on one line or on many; a row is never on two. */
class InsertedRows extends Rows {
  protected readonly table: string
  protected readonly columns: string[] | undefined
  readonly ended: boolean

  constructor(line: string) {
    super()
    const [, table, columns, values = ''] = insertInto.exec(line) ?? []
    if (table === undefined) throw damagedDump('an INSERT statement')
    this.table = table
    this.columns = columns === undefined ? undefined : namesIn(columns)
    this.ended = this.add(values)
  }

  override add(line: string): boolean {
    const text = line.trim()
    const rows = mysqlRows(text)
    if (!rows) throw damagedDump('an INSERT statement')
    this.push(rows)
    return text.endsWith(';')
  }
}

function* sequencePiece(line: string): Generator<DumpPiece> {
  const [, of, value, called = 'true'] = setval.exec(line) ?? []
  if (of === undefined) return
  const used = /^(?:true|1)$/i.test(called)
  yield {kind: 'sequence', name: of, next: Number(value) + (used ? 1 : 0)}
}

function namesIn(list: string): string[] {
  return list.split(',').map((word) => word.trim().replaceAll(/[`"]/g, ''))
}

function addDefinition(table: DumpPiece & {kind: 'table'}, line: string): void {
  const key = /^PRIMARY KEY \(([^)]*)\)/.exec(line)
  if (key) table.primaryKey.push(...namesIn(key[1]!))
  if (/^(?:PRIMARY|UNIQUE|KEY|CONSTRAINT|CHECK|FOREIGN|FULLTEXT|INDEX)\b/.test(line)) return
  const [, column, rest = ''] = /^[`"]?([^`"\s]+)[`"]? (.*)$/s.exec(line) ?? []
  if (column === undefined) return
  const [type = ''] = rest.split(
    / (?=NOT NULL|NULL|DEFAULT|COMMENT|AUTO_INCREMENT|CHARACTER SET|COLLATE|CHECK|GENERATED)/,
  )
  table.columns.push({
    name: column,
    type: type.trim().replaceAll('character varying', 'varchar'),
    length: lengthOf(type),
    nullable: !/NOT NULL/.test(rest),
    generated: /AUTO_INCREMENT|GENERATED/.test(rest),
  })
}

const copyLetters: Readonly<Record<string, string>> = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v'}

function copyFields(line: string): Field[] {
  return line
    .split('\t')
    .map((text) =>
      text === '\\N'
        ? null
        : text.includes('\\')
          ? text.replaceAll(/\\(.)/g, (_all, letter: string) => copyLetters[letter] ?? letter)
          : text,
    )
}

/** Lines end at line feeds only: texts may hold what else counts as an end. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of createReadStream(file, {highWaterMark: 1024 * 1024})) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop()!
    if (rest.length > longestLine) throw damagedDump('a line without end')
    yield* lines
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

function damagedDump(what: string): PiError {
  return new PiError('INTEGRITY', `The database dump in the backup is damaged: ${what} cannot be read.`)
}
