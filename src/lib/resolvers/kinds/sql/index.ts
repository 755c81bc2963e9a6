import {verifyUserPassword} from '../../../crypto/user-password.js'
import {PiError, reasonOf} from '../../../errors.js'
import type {UserInfo} from '../../../types/user.js'
import type {
  ListedUser,
  Resolver,
  ResolverEnv,
  ResolverKind,
  UserEditor,
  UserListOptions,
  UserSearch,
} from '../../contract.js'
import {equalsId, likeText, matchesPattern} from '../../shared/sql-conditions.js'
import {UserDatabase, type SqlRow} from './database.js'
import {SqlEditor} from './editor.js'
import {readSqlConfig, sqlSettings, type SqlConfig} from './settings.js'
import {columnText} from './text.js'

/** Users in a table of a foreign database (spec/10 §5). */
export const sql: ResolverKind = {
  type: 'sqlresolver',
  settings: sqlSettings,
  async open(config, env) {
    return new SqlUsers(readSqlConfig(config, env), env)
  },
}

/** Ids that are read at a time. */
const idsAtATime = 5000

class SqlUsers implements Resolver {
  readonly #config: SqlConfig
  readonly #database: UserDatabase
  readonly editor?: UserEditor

  constructor(config: SqlConfig, env: ResolverEnv) {
    this.#config = config
    this.#database = new UserDatabase(config, env)
    if (config.editable) this.editor = new SqlEditor(config, this.#database, (login) => this.findUser(login))
  }

  async findUser(login: string) {
    return this.#database.ask(async (users) => {
      const rows: SqlRow[] = await likeText(users, this.#column('username'), login).limit(2)
      const id = single(rows, `the login '${login}'`)?.[this.#column('userid')]
      return id === undefined || id === null ? undefined : {userId: this.#text(id), login}
    })
  }

  async findLogin(userId: string) {
    const row = await this.#row(userId)
    const login = row?.[this.#column('username')]
    return row && (login === undefined || login === null ? '' : this.#text(login))
  }

  async userInfo(userId: string) {
    const row = await this.#row(userId)
    return row && this.#info(row)
  }

  async checkPassword(userId: string, password: string) {
    const column = this.#config.columns.get('password')
    const row = column === undefined ? undefined : await this.#row(userId)
    const hash = column === undefined ? undefined : row?.[column]
    if (hash === undefined || hash === null || hash === '') return false
    return verifyUserPassword(password, this.#text(hash))
  }

  async *listUsers(search: UserSearch, {limit = this.#config.limit}: UserListOptions = {}): AsyncIterable<ListedUser> {
    const conditions = Object.entries(search)
    if (conditions.some(([key]) => !this.#config.columns.has(key))) return
    const rows = await this.#database.ask(async (users): Promise<SqlRow[]> => {
      for (const [key, pattern] of conditions) matchesPattern(users, this.#column(key), pattern)
      if (Number.isFinite(limit)) void users.limit(limit)
      return users.orderBy(this.#column('userid'))
    })
    for (const row of rows) {
      const id = row[this.#column('userid')]
      if (id === undefined || id === null) continue
      yield {userId: this.#text(id), login: this.#text(row[this.#column('username')] ?? ''), info: this.#info(row)}
    }
  }

  async *listIds(): AsyncIterable<readonly string[]> {
    const column = this.#column('userid')
    for (let after: unknown; ;) {
      const ids = await this.#database.ask(async (users): Promise<unknown[]> => {
        void users.whereNotNull(column).orderBy(column).limit(idsAtATime)
        if (after !== undefined) void users.where(column, '>', after as string)
        return ((await users.select(column)) as SqlRow[]).map((row) => row[column])
      })
      if (ids.length > 0) yield ids.map((id) => this.#text(id))
      if (ids.length < idsAtATime) return
      after = ids.at(-1)
    }
  }

  async test() {
    try {
      const users = await this.#database.ask(async (query) => {
        const [row] = await query.count({n: '*'})
        return Number((row as SqlRow | undefined)?.['n'])
      })
      return {ok: true, users, message: `Found ${users} users.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {
    await this.#database.close()
  }

  #column(key: string): string {
    return this.#config.columns.get(key) ?? ''
  }

  #text(value: unknown): string {
    return columnText(value, this.#config.encoding)
  }

  async #row(userId: string): Promise<SqlRow | undefined> {
    return this.#database.ask(async (users, idType) => {
      const narrowed = equalsId(users, this.#column('userid'), idType, userId)
      return narrowed && single((await narrowed.limit(2)) as SqlRow[], `the id '${userId}'`)
    })
  }

  /** The mapped columns that have a value; the password column stays inside. `id` is the id in its native type. */
  #info(row: SqlRow): UserInfo {
    const info: Record<string, string | number | boolean> = {}
    const id = row[this.#column('userid')]
    if (id !== null && id !== undefined) info['id'] = typeof id === 'number' ? id : this.#text(id)
    for (const [key, column] of this.#config.columns) {
      const value = row[column]
      if (!value || key === 'password') continue
      info[key] = typeof value === 'number' || typeof value === 'boolean' ? value : this.#text(value)
    }
    return info
  }
}

function single(rows: readonly SqlRow[], what: string): SqlRow | undefined {
  if (rows.length > 1) throw new PiError('UNAVAILABLE', `The user database has several entries for ${what}.`)
  return rows[0]
}
