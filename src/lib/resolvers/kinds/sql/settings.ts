import {PiError} from '../../../errors.js'
import type {ResolverConfig, ResolverEnv, ResolverSetting, SqlTarget} from '../../contract.js'
import {isOn, numberOr, readTextMap} from '../../shared/values.js'

/** The settings of an SQL resolver as the original declares them (spec/10 §5.1). */
export const sqlSettings: readonly ResolverSetting[] = [
  {
    key: 'Driver',
    type: 'string',
    required: true,
    summary: 'SQLAlchemy dialect, e.g. mysql+pymysql, postgresql, sqlite',
  },
  {key: 'Server', type: 'string', default: '', summary: 'host; for SQLite the start of the path'},
  {key: 'Port', type: 'int', summary: 'TCP port'},
  {key: 'Database', type: 'string', default: '', required: true, summary: 'database name, or file for SQLite'},
  {key: 'User', type: 'string', default: '', summary: 'login of the database, percent-encoded'},
  {key: 'Password', type: 'password', default: '', summary: 'password of the database, percent-encoded'},
  {key: 'Table', type: 'string', required: true, summary: 'table or view with the users, optionally schema.table'},
  {key: 'Limit', type: 'int', default: '100', summary: 'most users a listing gives'},
  {
    key: 'Map',
    type: 'string',
    required: true,
    summary: 'user attribute → column as YAML or JSON; userid and username are needed',
  },
  {key: 'Where', type: 'string', default: '', summary: 'further conditions: column operator value, joined by and'},
  {key: 'Editable', type: 'int', default: '0', summary: 'whether users may be changed'},
  {key: 'Password_Hash_Type', type: 'string', default: 'SSHA256', summary: 'form of new passwords'},
  {key: 'Encoding', type: 'string', default: 'latin1', summary: 'character set of binary columns'},
  {key: 'poolSize', type: 'int', default: '5', summary: 'most connections at the same time'},
  {key: 'poolTimeout', type: 'int', default: '10', summary: 'seconds to wait for a connection'},
  {key: 'poolRecycle', type: 'int', default: '7200', summary: 'without effect: idle connections are closed'},
  {key: 'conParams', type: 'string', default: '', summary: 'query part of the database URI'},
]

/** The settings of one SQL resolver, understood. */
export interface SqlConfig {
  target: SqlTarget
  /** Schema of the table, where one is named. */
  schema: string | undefined
  table: string
  /** User attribute → column. */
  columns: ReadonlyMap<string, string>
  where: string
  limit: number
  editable: boolean
  hashType: string
  encoding: string
}

/** @throws PiError CONFIG */
export function readSqlConfig(config: ResolverConfig, env: ResolverEnv): SqlConfig {
  const [, schema, table] = /^(?:([^.]*)\.)?(.*)$/s.exec((config.get('Table') ?? '').trim()) ?? []
  return {
    target: targetOf(config, env),
    schema,
    table: table ?? '',
    columns: readColumns(config.get('Map') ?? ''),
    where: config.get('Where') ?? '',
    limit: numberOr(config.get('Limit'), 100) || 100,
    editable: isOn(config.get('Editable')) || isOn(config.get('EDITABLE')),
    hashType: config.get('Password_Hash_Type') || 'SSHA256',
    encoding: config.get('Encoding') || 'latin1',
  }
}

/** The columns of a `Map`. @throws PiError CONFIG without userid and username */
function readColumns(text: string): ReadonlyMap<string, string> {
  const columns = readTextMap(text, 'Map of the SQL resolver')
  if (!columns.has('userid') || !columns.has('username')) {
    throw new PiError('CONFIG', 'The Map of the SQL resolver needs columns for userid and username.')
  }
  return columns
}

/** Login and password are stored as parts of a URI (spec/10 §5.1); a lone `%` stays one. */
function decodeLeniently(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}

function targetOf(config: ResolverConfig, {rawSqlCredentials}: ResolverEnv): SqlTarget {
  const decode = rawSqlCredentials ? (text: string) => text : decodeLeniently
  const driver = config.get('Driver') ?? ''
  const host = config.get('Server') ?? ''
  const database = config.get('Database') ?? ''
  const port = numberOr(config.get('Port'), 0)
  return {
    driver,
    host,
    port: port > 0 ? port : undefined,
    // `sqlite://<Server>/<Database>`: what follows the third slash is the file.
    database: driver.startsWith('sqlite') && host ? `${host}/${database}`.replace(/^\/+/, '/') : database,
    user: decode(config.get('User') ?? ''),
    password: decode(config.get('Password') ?? ''),
    parameters: config.get('conParams') ?? '',
    poolSize: numberOr(config.get('poolSize'), 5) || 5,
    poolTimeout: numberOr(config.get('poolTimeout'), 10) || 10,
  }
}
