import type {Knex} from 'knex'
import {parse as parseYaml} from 'yaml'
import {verifyUserPassword} from '../../crypto/user-password.js'
import {PiError, reasonOf} from '../../errors.js'
import type {UserInfo} from '../../types/user.js'
import type {
  ListedUser,
  Resolver,
  ResolverConfig,
  ResolverEnv,
  ResolverKind,
  SqlTarget,
  UserListOptions,
  UserSearch,
} from '../contract.js'
import {equalsId, likeText, readWhere, startsWithWildcards, type WherePart} from '../shared/sql-conditions.js'

/** Users in a table of a foreign database (spec/10 §5). */
export const sql: ResolverKind = {
  type: 'sqlresolver',
  settings: [
    {key: 'Driver', type: 'string', summary: 'SQLAlchemy dialect, e.g. mysql+pymysql, postgresql, sqlite'},
    {key: 'Server', type: 'string', default: '', summary: 'host; for SQLite the start of the path'},
    {key: 'Port', type: 'int', summary: 'TCP port'},
    {key: 'Database', type: 'string', default: '', summary: 'database name, or file for SQLite'},
    {key: 'User', type: 'string', default: '', summary: 'login of the database, percent-encoded'},
    {key: 'Password', type: 'password', default: '', summary: 'password of the database, percent-encoded'},
    {key: 'Table', type: 'string', summary: 'table or view with the users, optionally schema.table'},
    {key: 'Limit', type: 'int', default: '100', summary: 'most users a listing gives'},
    {key: 'Map', type: 'string', summary: 'user attribute → column as YAML or JSON; userid and username are needed'},
    {key: 'Where', type: 'string', default: '', summary: 'further conditions: column operator value, joined by and'},
    {key: 'Editable', type: 'int', default: '0', summary: 'whether users may be changed'},
    {key: 'Password_Hash_Type', type: 'string', default: 'SSHA256', summary: 'form of new passwords'},
    {key: 'Encoding', type: 'string', default: 'latin1', summary: 'character set of binary columns'},
    {key: 'poolSize', type: 'int', default: '5', summary: 'connections kept open'},
    {key: 'poolTimeout', type: 'int', default: '10', summary: 'seconds to wait for a connection'},
    {key: 'poolRecycle', type: 'int', default: '7200', summary: 'seconds after which a connection is renewed'},
    {key: 'conParams', type: 'string', default: '', summary: 'query part of the database URI'},
  ],
  async open(config, env) {
    return new SqlUsers(config, env)
  },
}

/** The columns of a `Map`. @throws PiError CONFIG without userid and username */
export function readMap(text: string): ReadonlyMap<string, string> {
  let parsed: unknown
  try {
    parsed = parseYaml(text)
  } catch (error) {
    throw new PiError('CONFIG', 'The Map of the SQL resolver is neither YAML nor JSON.', {cause: error})
  }
  const map = new Map<string, string>()
  if (parsed && typeof parsed === 'object' && !Array.isArray(parsed)) {
    for (const [key, column] of Object.entries(parsed)) if (typeof column === 'string') map.set(key, column)
  }
  if (!map.has('userid') || !map.has('username')) {
    throw new PiError('CONFIG', 'The Map of the SQL resolver needs columns for userid and username.')
  }
  return map
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
  const port = Number.parseInt(config.get('Port') ?? '', 10)
  return {
    driver,
    host,
    port: Number.isNaN(port) ? undefined : port,
    // `sqlite://<Server>/<Database>`: what follows the third slash is the file.
    database: driver.startsWith('sqlite') && host ? `${host}/${database}`.replace(/^\/+/, '/') : database,
    user: decode(config.get('User') ?? ''),
    password: decode(config.get('Password') ?? ''),
    parameters: config.get('conParams') ?? '',
    poolSize: Number.parseInt(config.get('poolSize') ?? '', 10) || 5,
    poolTimeout: Number.parseInt(config.get('poolTimeout') ?? '', 10) || 10,
  }
}

type SqlRow = Record<string, unknown>

class SqlUsers implements Resolver {
  readonly #env: ResolverEnv
  readonly #target: SqlTarget
  readonly #table: string
  readonly #map: ReadonlyMap<string, string>
  readonly #where: string
  readonly #limit: number
  readonly #encoding: string
  #opened: Promise<{k: Knex; idType: string; where: WherePart[]}> | undefined

  constructor(config: ResolverConfig, env: ResolverEnv) {
    this.#env = env
    this.#target = targetOf(config, env)
    this.#table = config.get('Table') ?? ''
    this.#map = readMap(config.get('Map') ?? '')
    this.#where = config.get('Where') ?? ''
    this.#limit = Number.parseInt(config.get('Limit') ?? '', 10) || 100
    this.#encoding = config.get('Encoding') || 'latin1'
  }

  #column(key: string): string {
    return this.#map.get(key) ?? ''
  }

  /** Connects and reads the type of the id column; a failure is not kept, so a database that comes back is found. */
  #open() {
    this.#opened ??= (async () => {
      const k = await this.#env.connectSql(this.#target)
      try {
        const columns: Record<string, {type?: string} | undefined> = await k(this.#table).columnInfo()
        const id = columns[this.#column('userid')]
        if (!id) throw new Error(`there is no table ${this.#table} with column ${this.#column('userid')}`)
        return {k, idType: id.type ?? '', where: readWhere(this.#where)}
      } catch (error) {
        await k.destroy()
        throw error
      }
    })().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  /** Every failure of the foreign database is "unknown", never "absent" (spec/10 §13). */
  async #ask<R>(question: (k: Knex, query: Knex.QueryBuilder, idType: string) => Promise<R>): Promise<R> {
    try {
      const {k, idType, where} = await this.#open()
      const query = k(this.#table)
      for (const {column, operator, value} of where) void query.whereRaw(`?? ${operator} ?`, [column, value])
      return await question(k, query, idType)
    } catch (error) {
      if (error instanceof PiError) throw error
      throw new PiError('UNAVAILABLE', `The user database does not answer: ${reasonOf(error)}`, {cause: error})
    }
  }

  #single(rows: SqlRow[], what: string): SqlRow | undefined {
    if (rows.length > 1) throw new PiError('UNAVAILABLE', `The user database has several entries for ${what}.`)
    return rows[0]
  }

  async findUser(login: string) {
    return this.#ask(async (_k, query) => {
      const rows: SqlRow[] = await likeText(query, this.#column('username'), login).limit(2)
      const row = this.#single(rows, `the login '${login}'`)
      const id = row?.[this.#column('userid')]
      return id === undefined || id === null ? undefined : {userId: this.#text(id), login}
    })
  }

  async #row(userId: string): Promise<SqlRow | undefined> {
    return this.#ask(async (_k, query, idType) => {
      const narrowed = equalsId(query, this.#column('userid'), idType, userId)
      if (!narrowed) return undefined
      return this.#single(await narrowed.limit(2), `the id '${userId}'`)
    })
  }

  async findLogin(userId: string) {
    const login = (await this.#row(userId))?.[this.#column('username')]
    return login === undefined || login === null ? undefined : this.#text(login)
  }

  async userInfo(userId: string) {
    const row = await this.#row(userId)
    return row && this.#info(row)
  }

  async checkPassword(userId: string, password: string) {
    const column = this.#map.get('password')
    const row = column === undefined ? undefined : await this.#row(userId)
    const hash = column === undefined ? undefined : row?.[column]
    if (hash === undefined || hash === null || hash === '') return false
    return verifyUserPassword(password, this.#text(hash))
  }

  async *listUsers(search: UserSearch, {limit = this.#limit}: UserListOptions = {}): AsyncIterable<ListedUser> {
    const conditions = Object.entries(search)
    if (conditions.some(([key]) => !this.#map.has(key))) return
    const rows = await this.#ask(async (_k, query): Promise<SqlRow[]> => {
      for (const [key, pattern] of conditions) startsWithWildcards(query, this.#column(key), pattern)
      if (Number.isFinite(limit)) void query.limit(limit)
      return query.orderBy(this.#column('userid'))
    })
    for (const row of rows) {
      const id = row[this.#column('userid')]
      if (id === undefined || id === null) continue
      yield {userId: this.#text(id), login: this.#text(row[this.#column('username')] ?? ''), info: this.#info(row)}
    }
  }

  async test() {
    try {
      const users = await this.#ask(async (_k, query) => {
        const [row] = await query.count({n: '*'})
        return Number((row as SqlRow | undefined)?.['n'])
      })
      return {ok: true, users, message: `Found ${users} users.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    await opened?.k.destroy()
  }

  /** The mapped columns that have a value; the password column stays inside. `id` is the id in its native type. */
  #info(row: SqlRow): UserInfo {
    const info: Record<string, string | number | boolean> = {}
    const id = row[this.#column('userid')]
    if (id !== null && id !== undefined) info['id'] = typeof id === 'number' ? id : this.#text(id)
    for (const [key, column] of this.#map) {
      const value = row[column]
      if (!value || key === 'password') continue
      info[key] = typeof value === 'number' || typeof value === 'boolean' ? value : this.#text(value)
    }
    return info
  }

  #text(value: unknown): string {
    if (value instanceof Date) return value.toISOString()
    if (!(value instanceof Uint8Array)) return String(value)
    try {
      return new TextDecoder(this.#encoding, {fatal: true}).decode(value)
    } catch {
      return 'decoding_error'
    }
  }
}
