import {existsSync} from 'node:fs'
import {userInfo} from 'node:os'
import type {Knex} from 'knex'
import {catalogueOf, indexesOf, lengthOf} from '../catalogue.js'
import {durationOf, durationText, sixDigits} from '../dates.js'
import type {Dialect, InsertColumn} from '../dialect.js'
import {describeUrl} from '../sqlalchemy-url.js'
import {splitBatch} from './batch.js'
import {postgresDdl} from './ddl.js'
import {postgresDump} from './dump.js'
import {silentLog} from './guarded-client.js'
import {booleanOption, connectionOptions, integerOption} from './options.js'
import {postgresTls} from './tls.js'

/** libpq parameters that we act on; the others of libpq do no harm when left out. */
const known = new Set([
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
  'options',
  'application_name',
  'client_encoding',
  'target_session_attrs',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
])

/** Object ids of types whose values we hand on in the form that every database has (pg_type.dat). */
const oid = {int8: 20, json: 114, numeric: 1700, timestamp: 1114, timestamptz: 1184, interval: 1186, jsonb: 3802}

const asIs = (text: string) => text

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.int8]: safeNumber,
  [oid.numeric]: Number,
  [oid.json]: asIs,
  [oid.jsonb]: asIs,
  [oid.timestamp]: sixDigits,
  [oid.timestamptz]: asIs,
  [oid.interval]: pointInTime,
}

function safeNumber(text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/** `1 day 00:00:03.000005` as the other databases hold it (spec/01 §1.4). */
export function pointInTime(interval: string): string {
  const found = /^(?:(-?\d+) days?)? ?(?:(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/.exec(interval)
  if (!found) return interval
  const [, days = '0', minus = '', hours = '0', minutes = '0', seconds = '0', fraction = ''] = found
  const time = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6 + Number(fraction.padEnd(6, '0'))
  return durationText(Number(days) * 86_400e6 + (minus ? -time : time))
}

function intervalText(value: unknown): unknown {
  const microseconds = typeof value === 'string' ? durationOf(value) : undefined
  if (microseconds === undefined) return value
  const days = Math.floor(microseconds / 86_400e6)
  const rest = microseconds - days * 86_400e6
  return `${days} days ${(rest / 1e6).toFixed(6)} seconds`
}

const castNames: Readonly<Record<InsertColumn['type']['kind'], string>> = {
  integer: 'bigint',
  bigint: 'bigint',
  varchar: 'text',
  text: 'text',
  boolean: 'boolean',
  datetime: 'timestamp',
  interval: 'interval',
  json: 'json',
  double: 'double precision',
  blob: 'bytea',
}

export const postgres: Dialect = {
  name: 'postgres',
  oneWriter: false,
  boolean: (value) => value,
  batchSize: 1000,
  ddl: postgresDdl,
  dump: postgresDump,

  async connect(request) {
    const [{default: knex}, {PostgresClient}, {default: pg}] = await Promise.all([
      import('knex'),
      import('./postgres-client.js'),
      import('pg'),
    ])
    const {url, engineOptions} = request
    const options = connectionOptions(request, known)
    const host = options.get('host') ?? url.host ?? defaultHost()
    const socket = host.startsWith('/')
    const settings = {
      host,
      port: url.port ?? integerOption(options, 'port') ?? 5432,
      user: url.username ?? userInfo().username,
      password: url.password,
      database: url.database ?? url.username ?? userInfo().username,
      connectionTimeoutMillis: (integerOption(options, 'connect_timeout') ?? 10) * 1000,
      application_name: options.get('application_name') ?? 'pi-manage',
      ...(options.has('options') && {options: options.get('options')}),
      keepAlive: booleanOption(options, 'keepalives') ?? true,
      types: {
        getTypeParser: (id: number, format?: 'text' | 'binary') =>
          (format !== 'binary' && parsers[id]) || pg.types.getTypeParser(id, format),
      },
    }
    const ssl = socket ? undefined : await postgresTls(settings, options)
    const made = knex({
      client: PostgresClient as unknown as typeof Knex.Client,
      connection: {...settings, ...(ssl && {ssl})} as Knex.PgConnectionConfig,
      compileSqlOnError: false,
      log: silentLog,
      ...('pool_timeout' in engineOptions && {
        acquireConnectionTimeout: Number(engineOptions['pool_timeout']) * 1000,
      }),
      pool: {
        min: 0,
        max: Number(engineOptions['pool_size'] ?? 10),
        afterCreate(connection: PostgresConnection, done: (error: Error | null) => void) {
          const setup = "SET datestyle TO 'ISO, YMD'; SET intervalstyle TO 'postgres'"
          const readOnly = request.readOnly ? '; SET default_transaction_read_only TO on' : ''
          connection.query(setup + readOnly, (error) => done(error))
        },
      },
    })
    return {knex: made, description: describeUrl(url), name: settings.database}
  },

  async readCatalogue(k) {
    const {rows} = (await k.raw(
      `SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
              a.attnotnull AS required,
              a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS generated
         FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
          AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY c.relname, a.attnum`,
    )) as {rows: {table: string; name: string; type: string; required: boolean; generated: boolean}[]}
    const sequences = (await k.raw(
      `SELECT relname FROM pg_class WHERE relkind = 'S' AND pg_table_is_visible(oid)`,
    )) as {rows: {relname: string}[]}
    return catalogueOf(
      rows.map(({required, ...row}) => ({...row, length: lengthOf(row.type), nullable: !required})),
      sequences.rows.map((row) => row.relname),
    )
  },

  async readIndexes(k) {
    const {rows} = (await k.raw(
      `SELECT t.relname AS "table", i.relname AS name, a.attname AS "column", x.indisunique AS "unique"
         FROM pg_index x
         JOIN pg_class t ON t.oid = x.indrelid AND pg_table_is_visible(t.oid)
         JOIN pg_class i ON i.oid = x.indexrelid
         CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
        WHERE t.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY t.relname, i.relname, k.place`,
    )) as {rows: {table: string; name: string; column: string; unique: boolean}[]}
    return indexesOf(rows)
  },

  async insertRows(k, table, columns, rows, generated) {
    const converted = withIntervals(columns, rows)
    const {places, shared, json} = splitBatch(columns.length, converted)
    const bindings: unknown[] = []
    const selected = places.map((place, at) => {
      const cast = castNames[(columns[at] as InsertColumn).type.kind]
      if ('json' in place) return `CAST(x.value->>${place.json} AS ${cast})`
      bindings.push(shared[place.shared])
      return `CAST(? AS ${cast})`
    })
    const names = columns.map((column) => `"${column.name}"`).join(', ')
    const returning = generated ? ` RETURNING "${generated}" AS id` : ''
    const answer = (await k.raw(
      `INSERT INTO "${table}" (${names}) SELECT ${selected.join(', ')} FROM jsonb_array_elements(CAST(? AS jsonb)) AS x${returning}`,
      [...bindings, json] as Knex.RawBinding[],
    )) as {rows: {id: number}[]}
    return answer.rows.map((row) => Number(row.id))
  },

  async takeFromSequence(k, sequence, count) {
    // One text instead of as many rows: the driver makes an object of each.
    const {rows} = (await k.raw(
      `SELECT string_agg(CAST(nextval(CAST(? AS regclass)) AS text), ',') AS ids FROM generate_series(1, ?)`,
      [`"${sequence}"`, count],
    )) as {rows: {ids: string}[]}
    return rows[0]!.ids.split(',').map(Number)
  },

  async raiseSequence(k, sequence, value) {
    if (value < 1) return
    await k.raw(`SELECT setval(CAST(? AS regclass), GREATEST(last_value, ?)) FROM "${sequence}"`, [
      `"${sequence}"`,
      value,
    ])
  },

  async raiseGenerated(k, table, value) {
    const {rows} = (await k.raw(`SELECT pg_get_serial_sequence(?, 'id') AS sequence`, [`"${table}"`])) as {
      rows: {sequence: string | null}[]
    }
    const sequence = rows[0]?.sequence
    // The name comes quoted where it needs to be.
    if (sequence && value >= 1) {
      await k.raw(`SELECT setval(CAST(? AS regclass), GREATEST(last_value, ?)) FROM ${sequence}`, [sequence, value])
    }
  },

  async sequencePosition(k, sequence) {
    const {rows} = (await k.raw(`SELECT last_value, is_called FROM "${sequence}"`)) as {
      rows: {last_value: number; is_called: boolean}[]
    }
    return Number(rows[0]?.last_value ?? 0) + (rows[0]?.is_called ? 1 : 0)
  },
}

interface PostgresConnection {
  query(sql: string, done: (error: Error | null) => void): void
}

function withIntervals(
  columns: readonly InsertColumn[],
  rows: readonly (readonly unknown[])[],
): readonly (readonly unknown[])[] {
  const at = columns.findIndex((column) => column.type.kind === 'interval')
  return at < 0 ? rows : rows.map((row) => row.with(at, intervalText(row[at])))
}

/** Where libpq looks when no host is given: Debian's socket folder, the upstream one, else this machine by TCP. */
function defaultHost(): string {
  return ['/var/run/postgresql', '/tmp'].find((folder) => existsSync(`${folder}/.s.PGSQL.5432`)) ?? 'localhost'
}
