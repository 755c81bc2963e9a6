import {existsSync} from 'node:fs'
import {isIP, type Socket} from 'node:net'
import type {TLSSocket} from 'node:tls'
import type {Knex} from 'knex'
import {catalogueOf, indexesOf} from '../catalogue.js'
import {sixDigits} from '../dates.js'
import type {Dialect, InsertColumn} from '../dialect.js'
import {DatabaseError} from '../failures.js'
import {describeUrl} from '../sqlalchemy-url.js'
import {splitBatch} from './batch.js'
import {mariadbDdl} from './ddl.js'
import {mariadbDump} from './dump.js'
import {silentLog} from './guarded-client.js'
import {connectionOptions, integerOption} from './options.js'
import {identityError, mariadbTls} from './tls.js'
import {classifyMariadb} from './mariadb-failures.js'

const known = new Set([
  'charset',
  'unix_socket',
  'connect_timeout',
  'read_timeout',
  'write_timeout',
  'sql_mode',
  'init_command',
  'local_infile',
  'use_unicode',
  'binary_prefix',
  'ssl',
  'ssl_ca',
  'ssl_cert',
  'ssl_key',
  'ssl_capath',
  'ssl_cipher',
  'ssl_mode',
  'ssl_disabled',
  'ssl_verify_cert',
  'ssl_verify_identity',
  'ssl_check_hostname',
])

const jsonTypes: Readonly<Record<InsertColumn['type']['kind'], string>> = {
  integer: 'BIGINT',
  bigint: 'BIGINT',
  varchar: 'LONGTEXT',
  text: 'LONGTEXT',
  boolean: 'TINYINT',
  datetime: 'VARCHAR(32)',
  interval: 'VARCHAR(32)',
  json: 'LONGTEXT',
  double: 'DOUBLE',
  blob: 'LONGBLOB',
}

export const mariadb: Dialect = {
  name: 'mariadb',
  oneWriter: false,
  boolean: Number,
  batchSize: 500,
  ddl: mariadbDdl,
  dump: mariadbDump,

  async connect(request) {
    const [{default: knex}, {MariadbClient}] = await Promise.all([import('knex'), import('./mariadb-client.js')])
    const {url, engineOptions} = request
    const options = connectionOptions(request, known)
    const tls = mariadbTls(options)
    const place = placeOf(url, options.get('unix_socket'))
    // The driver compares certificates with host names only.
    const byAddress = 'host' in place && isIP(place.host) !== 0
    const setup = sessionSetup(options, engineOptions, request.readOnly)
    const made = knex({
      client: MariadbClient as unknown as typeof Knex.Client,
      connection: {
        ...place,
        user: url.username ?? '',
        password: url.password ?? '',
        database: url.database ?? '',
        // A superset of what the URI may ask for: the server converts to what the tables hold (spec/01 §8).
        charset: 'utf8mb4',
        connectTimeout: (integerOption(options, 'connect_timeout') ?? 10) * 1000,
        ...(tls && {ssl: {...tls, verifyIdentity: tls.verifyIdentity && !byAddress}}),
        supportBigNumbers: true,
        bigNumberStrings: false,
        decimalNumbers: true,
        dateStrings: true,
        jsonStrings: true,
        typeCast,
      } as unknown as Knex.MySql2ConnectionConfig,
      compileSqlOnError: false,
      log: silentLog,
      ...('pool_timeout' in engineOptions && {
        acquireConnectionTimeout: Number(engineOptions['pool_timeout']) * 1000,
      }),
      pool: {
        min: 0,
        max: Number(engineOptions['pool_size'] ?? 10),
        afterCreate(connection: MariadbConnection, done: (error: Error | null) => void) {
          const impostor = tls?.verifyIdentity && byAddress ? identityError(place.host, connection.stream) : undefined
          if (impostor) {
            connection.destroy()
            done(new DatabaseError(classifyMariadb(impostor), impostor))
          } else runAll(connection, setup, done)
        },
      },
    })
    return {knex: made, description: describeUrl(url), name: url.database ?? ''}
  },

  async readCatalogue(k) {
    const [rows] = (await k.raw(
      `SELECT c.table_name AS \`table\`, c.column_name AS name, c.column_type AS type,
              c.character_maximum_length AS length, c.data_type AS kind,
              c.is_nullable = 'YES' AS nullable, c.extra LIKE '%auto_increment%' AS generated
         FROM information_schema.columns c JOIN information_schema.tables t
           ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
        ORDER BY c.table_name, c.ordinal_position`,
    )) as [
      {table: string; name: string; type: string; length: number; kind: string; nullable: 0 | 1; generated: 0 | 1}[],
    ]
    const [sequences] = (await k.raw(
      `SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_type = 'SEQUENCE'`,
    )) as [{name: string}[]]
    return catalogueOf(
      rows.map(({table, name, type, length, kind, nullable, generated}) => ({
        table,
        name,
        type,
        length: kind === 'varchar' ? Number(length) : undefined,
        nullable: nullable === 1,
        generated: generated === 1,
      })),
      sequences.map((row) => row.name),
    )
  },

  async readIndexes(k) {
    const [rows] = (await k.raw(
      `SELECT table_name AS \`table\`, index_name AS name, column_name AS \`column\`, non_unique = 0 AS is_unique
         FROM information_schema.statistics WHERE table_schema = DATABASE()
        ORDER BY table_name, index_name, seq_in_index`,
    )) as [{table: string; name: string; column: string; is_unique: 0 | 1}[]]
    return indexesOf(rows.map((row) => ({...row, unique: row.is_unique === 1})))
  },

  async insertRows(k, table, columns, rows, generated) {
    const {jsonTable, returning} = abilitiesOf(k)
    const names = columns.map((column) => `\`${column.name}\``).join(', ')
    const into = `INSERT INTO \`${table}\` (${names})`
    // Without RETURNING, the keys of INSERT … SELECT cannot be known: other writers may get some in between.
    if (!jsonTable || (generated && !returning)) return insertValues(k, into, rows, generated !== undefined)
    const {places, shared, json} = splitBatch(columns.length, rows)
    const bindings: unknown[] = []
    const varying: string[] = []
    const selected = places.map((place, at) => {
      if ('json' in place) {
        const type = jsonTypes[(columns[at] as InsertColumn).type.kind]
        varying.push(`c${at} ${type} PATH '$[${place.json}]' ERROR ON ERROR`)
        return `j.c${at}`
      }
      bindings.push(shared[place.shared])
      return '?'
    })
    if (varying.length === 0) varying.push('n FOR ORDINALITY')
    const [answer] = (await k.raw(
      `${into} SELECT ${selected.join(', ')} FROM JSON_TABLE(?, '$[*]' COLUMNS (${varying.join(', ')})) j` +
        (generated ? ` RETURNING \`${generated}\` AS id` : ''),
      [...bindings, json] as Knex.RawBinding[],
    )) as [{id: number}[]]
    return generated ? answer.map((row) => row.id) : []
  },

  async takeFromSequence(k, sequence, count) {
    const [rows] = (await k.raw(
      `SELECT NEXT VALUE FOR \`${sequence}\` AS id FROM ${digits} a, ${digits} b, ${digits} c LIMIT ?`,
      [count],
    )) as [{id: number}[]]
    return rows.map((row) => Number(row.id))
  },

  async raiseSequence(k, sequence, value) {
    if (value >= 1) await k.raw(`SELECT SETVAL(\`${sequence}\`, ?)`, [value])
  },

  async raiseGenerated() {},

  async sequencePosition(k, sequence) {
    const [rows] = (await k.raw(`SELECT next_not_cached_value AS next FROM \`${sequence}\``)) as [{next: number}[]]
    return Number(rows[0]?.next ?? 0)
  },
}

/** Ten rows; three of them joined are the thousand that a batch can have. */
const digits = `(SELECT 1${' UNION ALL SELECT 1'.repeat(9)})`

/** What the server at the other end can do: MariaDB counts its versions from 10 on, MySQL is at 9. */
function abilitiesOf(k: Knex): {jsonTable: boolean; returning: boolean} {
  const [major = 0, minor = 0] = String((k.client as Knex.Client).version ?? '')
    .split('.')
    .map(Number)
  const mariadbSince = (wanted: number) => major > 10 || (major === 10 && minor >= wanted)
  return {jsonTable: mariadbSince(6) || (major >= 8 && major < 10), returning: mariadbSince(5)}
}

/** The rows as a VALUES list; its generated keys follow each other in steps, whatever other writers do. */
async function insertValues(
  k: Knex,
  into: string,
  rows: readonly (readonly unknown[])[],
  generated: boolean,
): Promise<number[]> {
  const row = `(${rows[0]?.map(() => '?').join(', ')})`
  const [answer] = (await k.raw(
    `${into} VALUES ${rows.map(() => row).join(', ')}`,
    rows.flat() as Knex.RawBinding[],
  )) as [{insertId: number}]
  if (!generated) return []
  const [[step]] = (await k.raw('SELECT @@auto_increment_increment AS step')) as [[{step: number}]]
  return rows.map((_, at) => answer.insertId + at * step.step)
}

interface MariadbConnection {
  stream: Socket | TLSSocket
  destroy(): void
  query(sql: string, done: (error: Error | null) => void): void
}

interface Field {
  type: string
  string(): string | null
}

/** Dates with six fraction digits even from columns without any. */
function typeCast(field: Field, next: () => unknown): unknown {
  if (field.type === 'DATETIME' || field.type === 'TIMESTAMP') {
    const text = field.string()
    return text === null ? null : sixDigits(text)
  }
  return next()
}

/** Debian's socket, which mysqlclient takes for `localhost`. */
const usualSocket = '/run/mysqld/mysqld.sock'

function placeOf(
  url: {driver: string | undefined; host: string | undefined; port: number | undefined},
  socket: string | undefined,
): {socketPath: string} | {host: string; port: number} {
  if (socket) return {socketPath: socket}
  const local = url.host === undefined || url.host === 'localhost'
  if (local && url.driver === 'mysqldb' && url.port === undefined && existsSync(usualSocket)) {
    return {socketPath: usualSocket}
  }
  return {host: url.host ?? 'localhost', port: url.port ?? 3306}
}

function sessionSetup(
  options: ReadonlyMap<string, string>,
  engineOptions: Readonly<Record<string, unknown>>,
  readOnly: boolean,
): string[] {
  const mode = options.get('sql_mode')
  const level = engineOptions['isolation_level']
  const statements = [
    // Without backslash escapes the driver's quoting would be wrong; without strictness values would be cut silently.
    `SET SESSION sql_mode = CONCAT(REPLACE(${mode === undefined ? '@@sql_mode' : `'${mode.replaceAll(/[^\w,]/g, '')}'`}, 'NO_BACKSLASH_ESCAPES', ''), ',STRICT_TRANS_TABLES')`,
    // Gap locks of REPEATABLE READ make writers of different tokens wait for each other.
    `SET SESSION TRANSACTION ISOLATION LEVEL ${isolation(level)}`,
  ]
  if (readOnly) statements.push('SET SESSION TRANSACTION READ ONLY')
  const command = options.get('init_command')
  return command ? [...statements, command] : statements
}

function isolation(level: unknown): string {
  const text = typeof level === 'string' ? level.toUpperCase().replaceAll('_', ' ') : ''
  return ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'].includes(text) ? text : 'READ COMMITTED'
}

function runAll(
  connection: MariadbConnection,
  statements: readonly string[],
  done: (error: Error | null) => void,
): void {
  const [first, ...rest] = statements
  if (first === undefined) return done(null)
  connection.query(first, (error) => (error ? done(error) : runAll(connection, rest, done)))
}
