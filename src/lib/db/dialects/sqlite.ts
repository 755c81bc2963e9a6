import {existsSync, statSync} from 'node:fs'
import {basename, dirname, isAbsolute, resolve} from 'node:path'
import type {Knex} from 'knex'
import {PiError} from '../../errors.js'
import {catalogueOf, indexesOf, lengthOf} from '../catalogue.js'
import type {ConnectRequest, Dialect} from '../dialect.js'
import {splitBatch} from './batch.js'
import {sqliteDdl} from './ddl.js'
import {sqliteDump} from './dump.js'
import {silentLog} from './guarded-client.js'

const knownQuery = new Set([
  'timeout',
  'uri',
  'mode',
  'cache',
  'check_same_thread',
  'cached_statements',
  'isolation_level',
])

/** Seconds that Python's driver waits for a lock. */
const defaultTimeoutSeconds = 5

export const sqlite: Dialect = {
  name: 'sqlite',
  oneWriter: true,
  boolean: Number,
  batchSize: 500,
  ddl: sqliteDdl,
  dump: sqliteDump,

  async connect(request) {
    const place = placeOf(request)
    const [{default: knex}, {SqliteClient}] = await Promise.all([import('knex'), import('./sqlite-client.js')])
    const seconds = numberOption(request, 'timeout') ?? defaultTimeoutSeconds
    const fresh = place.kind === 'file' && !existsSync(place.path)
    const made = knex({
      client: SqliteClient as unknown as typeof Knex.Client,
      connection: {filename: place.filename, flags: place.flags} as Knex.Sqlite3ConnectionConfig,
      useNullAsDefault: true,
      compileSqlOnError: false,
      log: silentLog,
      pool: {
        min: place.kind === 'memory' ? 1 : 0,
        // Fewer than the four threads of libuv: writers waiting for a lock must leave one to the holder.
        max: place.kind === 'memory' ? 1 : 3,
        ...(place.kind === 'memory' && {idleTimeoutMillis: 2 ** 31 - 1}),
        afterCreate(connection: SqliteConnection, done: (error: Error | null) => void) {
          connection.configure('busyTimeout', Math.round(seconds * 1000))
          if (request.readOnly) connection.exec('PRAGMA query_only = ON', done)
          else done(null)
        },
      },
    })
    // Only a new file gets the journal that lets readers go on during a write; an existing one keeps its mode.
    if (fresh) await made.raw('PRAGMA journal_mode = WAL')
    if (place.kind === 'memory') return {knex: made, description: 'SQLite in memory', name: ':memory:'}
    return {knex: made, description: `SQLite file ${place.path}`, name: basename(place.path)}
  },

  async readCatalogue(k) {
    const rows = (await k.raw(
      `SELECT m.name AS "table", c.name AS name, c.type AS type, c."notnull" AS required, c.pk AS pk
         FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
    )) as {table: string; name: string; type: string; required: number; pk: number}[]
    return catalogueOf(
      rows.map(({table, name, type, required, pk}) => ({
        table,
        name,
        type,
        length: lengthOf(type),
        nullable: !required && !pk,
        generated: pk === 1 && /^integer$/i.test(type),
      })),
      [],
    )
  },

  async readIndexes(k) {
    const rows = (await k.raw(
      `SELECT m.name AS "table", i.name AS name, c.name AS "column", i."unique" AS is_unique
         FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
        WHERE m.type = 'table'
        UNION ALL
       SELECT m.name, 'rowid', c.name, 1 FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND c.pk = 1 AND lower(c.type) = 'integer'`,
    )) as {table: string; name: string; column: string; is_unique: number}[]
    return indexesOf(rows.map((row) => ({...row, unique: row.is_unique === 1})))
  },

  async insertRows(k, table, columns, rows, generated) {
    const {places, shared, json} = splitBatch(columns.length, rows)
    const selected = places.map((place) => ('shared' in place ? `:s${place.shared}` : `value->>${place.json}`))
    const bindings: Record<string, unknown> = {json}
    shared.forEach((value, at) => (bindings[`s${at}`] = value))
    const names = columns.map((column) => `"${column.name}"`).join(', ')
    await k.raw(
      `INSERT INTO "${table}" (${names}) SELECT ${selected.join(', ')} FROM json_each(:json)`,
      bindings as Record<string, Knex.RawBinding>,
    )
    if (!generated) return []
    // One statement under the write lock takes consecutive rowids (https://www.sqlite.org/autoinc.html).
    const [last] = (await k.raw('SELECT last_insert_rowid() AS id')) as {id: number}[]
    const first = (last?.id ?? 0) - rows.length + 1
    return rows.map((_, at) => first + at)
  },

  async takeFromSequence() {
    throw new Error('SQLite has no sequences')
  },
  async raiseSequence() {},
  async raiseGenerated() {},
  async sequencePosition() {
    return Number.MAX_SAFE_INTEGER
  },
}

interface SqliteConnection {
  configure(option: 'busyTimeout', value: number): void
  exec(sql: string, done: (error: Error | null) => void): void
}

type Place =
  {kind: 'memory'; filename: string; flags: string[]} | {kind: 'file'; path: string; filename: string; flags: string[]}

/** Where the database is. @throws PiError CONFIG when there is no such file and none may be made */
function placeOf(request: ConnectRequest): Place {
  const {url} = request
  for (const key of url.query.keys()) {
    if (!knownQuery.has(key)) request.warn(`The option '${key}' of the database URI is ignored.`)
  }
  if (url.host) {
    throw new PiError('CONFIG', 'A SQLite URI has no host: the path begins after the third slash.', {
      hints: ['An absolute path is written with four: sqlite:////etc/privacyidea/data.sqlite'],
    })
  }
  const database = url.database ?? ''
  if (database === '' || database === ':memory:') return {kind: 'memory', filename: ':memory:', flags: []}
  const isUri = url.query.get('uri')?.[0]?.toLowerCase() === 'true' && database.startsWith('file:')
  const written = isUri ? decodeURIComponent(database.slice('file:'.length)) : database
  const path = absolutePath(written, request)
  mustExist(path, request)
  if (!isUri) return {kind: 'file', path, filename: path, flags: []}
  const parameters = ['mode', 'cache'].flatMap((key) => (url.query.get(key) ?? []).map((value) => `${key}=${value}`))
  const filename = `file:${path.split('/').map(encodeURIComponent).join('/')}?${parameters.join('&')}`
  return {kind: 'file', path, filename, flags: ['OPEN_URI']}
}

/**
 * The original takes a relative path from its own package or instance folder, which nothing in the configuration tells
 * (spec/02 §2.3). We take it from the working directory, as its audit and backup do, and say so.
 */
function absolutePath(written: string, {workingDirectory, warn}: ConnectRequest): string {
  if (isAbsolute(written)) return written
  const path = resolve(workingDirectory, written)
  warn(`The database path '${written}' is relative: ${path} is used. Write an absolute path to be sure.`)
  return path
}

function mustExist(path: string, {create}: ConnectRequest): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) throw new PiError('CONFIG', `The database path ${path} is a folder.`)
    return
  }
  if (!create) {
    throw new PiError('CONFIG', `There is no database file ${path}.`, {
      hints: ['Check SQLALCHEMY_DATABASE_URI', 'pi-manage db create-tables makes a new one'],
    })
  }
  if (!existsSync(dirname(path))) throw new PiError('CONFIG', `There is no folder ${dirname(path)} for the database.`)
}

function numberOption({url, engineOptions}: ConnectRequest, name: string): number | undefined {
  const arguments_ = engineOptions['connect_args'] as Record<string, unknown> | undefined
  const value = Number(url.query.get(name)?.[0] ?? arguments_?.[name])
  return Number.isFinite(value) && value >= 0 ? value : undefined
}
