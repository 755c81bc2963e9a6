import type {LiveColumn} from '../catalogue.js'
import type {Row} from '../database.js'
import type {DumpColumn, DumpDialect} from '../dump/contract.js'
import type {ColumnType} from '../schema/table.js'
import {mariadbDdl, postgresDdl} from './ddl.js'

/** SQLite quotes every name, since a column of others may be called anything. */
const sqliteQuote = (name: string) => `"${name.replaceAll('"', '""')}"`

const isText = ({kind}: ColumnType) => ['varchar', 'text', 'json', 'datetime', 'interval'].includes(kind)

/** How a database writes a character by its code, and joins texts. No literal holds a backslash: sessions differ in it. */
interface Words {
  character(code: number): string
  join(...texts: string[]): string
}

const bars = (...texts: string[]) => texts.join(' || ')
const sqliteWords: Words = {character: (code) => `char(${code})`, join: bars}
const postgresWords: Words = {character: (code) => `chr(${code})`, join: bars}
const mariadbWords: Words = {
  character: (code) => `CHAR(${code} USING utf8mb4)`,
  join: (...texts) => `CONCAT(${texts.join(', ')})`,
}

/** A backslash and what stands behind it. */
const marked = ({character, join}: Words, ...rest: string[]) => join(character(92), ...rest)

/** A text with its special characters escaped, the backslash first: what replaces the others holds one. */
function escaped(text: string, words: Words): string {
  const {character} = words
  const first = `replace(${text}, ${character(92)}, ${marked(words, character(92))})`
  const others: [number, string][] = [
    [9, 't'],
    [10, 'n'],
    [13, 'r'],
  ]
  return others.reduce(
    (inner, [code, letter]) => `replace(${inner}, ${character(code)}, ${marked(words, `'${letter}'`)})`,
    first,
  )
}

export const sqliteDump: DumpDialect = {
  snapshot: ['BEGIN', 'SELECT count(*) FROM sqlite_master'],
  line(columns) {
    const names = columns.map(({column}) => sqliteQuote(column.name))
    const line = (field: (column: DumpColumn) => string) =>
      `concat_ws(char(9), ${columns.map(({column}) => field(column)).join(', ')})`
    // SQLite takes any value in any column; most rows hold nothing that needs care, which is seen at once.
    const special = `concat(${names.join(', ')}) GLOB ('*[' || char(92, 9, 10, 13) || ']*')`
    const bytes = names.map((name) => `typeof(${name}) = 'blob'`).join(' OR ')
    return `CASE WHEN ${special} OR ${bytes} THEN ${line(sqliteField)} ELSE ${line(plainSqliteField)} END`
  },
  order: ({name}) => sqliteQuote(name),
  typeOf({type, length}) {
    if (length !== undefined) return {kind: 'varchar', length}
    if (/int/i.test(type)) return {kind: 'bigint'}
    if (/bool/i.test(type)) return {kind: 'boolean'}
    if (/datetime|timestamp/i.test(type)) return {kind: 'datetime'}
    if (/real|floa|doub/i.test(type)) return {kind: 'double'}
    if (/json/i.test(type)) return {kind: 'json'}
    return /blob/i.test(type) ? {kind: 'blob'} : {kind: 'text'}
  },
  rows: (answer) => answer as Row[],
}

/** The text of a value that is neither bytes nor holds special characters. */
function plainSqliteField(column: DumpColumn): string {
  return `ifnull(${sqliteValue(column)}, ${marked(sqliteWords, "'N'")})`
}

function sqliteField(column: DumpColumn): string {
  const name = sqliteQuote(column.name)
  const value = sqliteValue(column)
  const bytes = marked(sqliteWords, "'x'", `lower(hex(${name}))`)
  const nothing = marked(sqliteWords, "'N'")
  return `CASE typeof(${name}) WHEN 'null' THEN ${nothing} WHEN 'text' THEN ${escaped(value, sqliteWords)} WHEN 'blob' THEN ${bytes} ELSE ${value} END`
}

function sqliteValue({name: bare, type: {kind}}: DumpColumn): string {
  const name = sqliteQuote(bare)
  if (kind === 'double') return `CASE typeof(${name}) WHEN 'real' THEN printf('%!.17g', ${name}) ELSE ${name} END`
  if (kind !== 'datetime' && kind !== 'interval') return name
  // Only the original's own form is right, but a whole second means the same.
  return `CASE length(${name}) WHEN 19 THEN ${name} || '.000000' ELSE ${name} END`
}

export const postgresDump: DumpDialect = {
  snapshot: ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'],
  line(columns) {
    const fields = columns.map(
      ({column, live}) => `coalesce(${postgresField(column, live)}, ${marked(postgresWords, "'N'")})`,
    )
    return `concat_ws(chr(9), ${fields.join(', ')})`
  },
  order(column) {
    const name = postgresDdl.quote(column.name)
    return isText(column.type) ? `${name} COLLATE "C"` : name
  },
  typeOf({type, length}) {
    if (length !== undefined) return {kind: 'varchar', length}
    if (/^(integer|smallint)/.test(type)) return {kind: 'integer'}
    if (type === 'bigint') return {kind: 'bigint'}
    if (type === 'boolean') return {kind: 'boolean'}
    if (type === 'timestamp without time zone') return {kind: 'datetime'}
    if (/^interval/.test(type)) return {kind: 'interval'}
    if (/^(real|double)/.test(type)) return {kind: 'double'}
    if (/^json/.test(type)) return {kind: 'json'}
    return type === 'bytea' ? {kind: 'blob'} : {kind: 'text'}
  },
  rows: (answer) => (answer as {rows: Row[]}).rows,
}

function postgresField(column: DumpColumn, {type}: LiveColumn): string {
  const name = postgresDdl.quote(column.name)
  const time = (value: string) => `to_char(${value}, 'YYYY-MM-DD HH24:MI:SS.US')`
  if (type === 'boolean') return `CASE WHEN ${name} THEN '1' WHEN NOT ${name} THEN '0' END`
  if (type === 'timestamp without time zone') return time(name)
  if (type.startsWith('interval')) return time(`timestamp '1970-01-01' + ${name}`)
  if (type === 'bytea') return marked(postgresWords, "'x'", `encode(${name}, 'hex')`)
  if (/^(integer|smallint|bigint|real|double)/.test(type)) return `${name}::text`
  return escaped(`${name}::text`, postgresWords)
}

export const mariadbDump: DumpDialect = {
  snapshot: [
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
  ],
  line(columns) {
    const fields = columns.map(
      ({column, live}) => `COALESCE(${mariadbField(column, live)}, ${marked(mariadbWords, "'N'")})`,
    )
    return `CONCAT_WS(CHAR(9 USING utf8mb4), ${fields.join(', ')})`
  },
  order(column) {
    const name = mariadbDdl.quote(column.name)
    return isText(column.type) ? `CAST(${name} AS BINARY)` : name
  },
  typeOf({type, length}) {
    if (length !== undefined) return {kind: 'varchar', length}
    if (/^tinyint\(1\)/.test(type)) return {kind: 'boolean'}
    if (/^bigint/.test(type)) return {kind: 'bigint'}
    if (/int\b/.test(type)) return {kind: 'integer'}
    if (/^(datetime|timestamp)/.test(type)) return {kind: 'datetime'}
    if (/^(float|double)/.test(type)) return {kind: 'double'}
    if (/^json/.test(type)) return {kind: 'json'}
    return /blob|binary/.test(type) ? {kind: 'blob'} : {kind: 'text'}
  },
  rows: (answer) => (answer as [Row[]])[0],
}

function mariadbField(column: DumpColumn, {type}: LiveColumn): string {
  const name = mariadbDdl.quote(column.name)
  if (/^(datetime|timestamp)/.test(type)) return `DATE_FORMAT(${name}, '%Y-%m-%d %H:%i:%s.%f')`
  if (/blob|binary/.test(type)) return marked(mariadbWords, "'x'", `LOWER(HEX(${name}))`)
  if (/int\b|^(float|double)/.test(type)) return `CAST(${name} AS CHAR CHARACTER SET utf8mb4)`
  // Compared byte by byte, columns of different collations go together.
  return escaped(`CONVERT(${name} USING utf8mb4) COLLATE utf8mb4_bin`, mariadbWords)
}
