import {hashUserPassword} from '../../../crypto/user-password.js'
import {notFound, PiError} from '../../../errors.js'
import type {FoundUser, UserEditor, UserFields} from '../../contract.js'
import {equalsId} from '../../shared/sql-conditions.js'
import type {SqlRow, UserDatabase} from './database.js'
import type {SqlConfig} from './settings.js'

/** Creates, changes and deletes rows of users (spec/10 §5.2). */
export class SqlEditor implements UserEditor {
  readonly #config: SqlConfig
  readonly #database: UserDatabase
  readonly #find: (login: string) => Promise<FoundUser | undefined>

  constructor(config: SqlConfig, database: UserDatabase, find: (login: string) => Promise<FoundUser | undefined>) {
    this.#config = config
    this.#database = database
    this.#find = find
  }

  async create(fields: UserFields): Promise<string> {
    const login = fields['username']
    if (typeof login !== 'string' || login === '') throw new PiError('INVALID_INPUT', 'A new user needs a username.')
    const row = await this.#row(fields)
    await this.#database.change(async (table) => table().insert(row))
    const created = await this.#find(login)
    if (created) return created.userId
    throw new PiError('CONFIG', `The row of '${login}' is made, but the conditions of the resolver do not find it.`, {
      hints: ['Look at Where; columns that it asks for can be set by user attributes that are mapped to them'],
    })
  }

  async update(userId: string, fields: UserFields): Promise<void> {
    const row = await this.#row(fields)
    await this.#database.change(async (_table, users, idType) => {
      const known = await equalsId(users(), this.#idColumn, idType, userId)?.first(this.#idColumn)
      if (!known) throw notFound('user', userId)
      if (Object.keys(row).length > 0) await equalsId(users(), this.#idColumn, idType, userId)?.update(row)
    })
  }

  async delete(userId: string): Promise<void> {
    const deleted = await this.#database.change(
      async (_table, users, idType) => (await equalsId(users(), this.#idColumn, idType, userId)?.delete()) ?? 0,
    )
    if (deleted === 0) throw notFound('user', userId)
  }

  get #idColumn(): string {
    return this.#config.columns.get('userid') ?? ''
  }

  /** The columns to write; an empty value becomes NULL. @throws PiError INVALID_INPUT for a field that is not mapped */
  async #row(fields: UserFields): Promise<SqlRow> {
    const {columns, hashType} = this.#config
    const row: SqlRow = {}
    for (const [key, value] of Object.entries(fields)) {
      const column = columns.get(key)
      if (column === undefined) {
        throw new PiError('INVALID_INPUT', `The resolver stores no '${key}'.`, {
          hints: [`It stores ${[...columns.keys()].join(', ')}`],
        })
      }
      const [text = '', ...more] = typeof value === 'string' ? [value] : value
      if (more.length > 0) throw new PiError('INVALID_INPUT', `The resolver stores only one value of '${key}'.`)
      if (text === '') row[column] = null
      else row[column] = key === 'password' ? await hashUserPassword(text, hashType) : text
    }
    return row
  }
}
