import type {Knex} from 'knex'
import {PiError, reasonOf} from '../../../errors.js'
import type {ResolverEnv} from '../../contract.js'
import {readWhere, type WherePart} from '../../shared/sql-conditions.js'
import type {SqlConfig} from './settings.js'

export type SqlRow = Record<string, unknown>

interface Opened {
  k: Knex
  /** Type of the id column, as the database names it. */
  idType: string
  where: readonly WherePart[]
}

/** Codes of failures that are about what was to be written, not about the database. */
const aboutValues = new Set(['ALREADY_EXISTS', 'INVALID_INPUT', 'NOT_FOUND', 'REFUSED'])

/** A connection to the database of the users; opened when it is first asked. */
export class UserDatabase {
  readonly #config: SqlConfig
  readonly #env: ResolverEnv
  #opened: Promise<Opened> | undefined

  constructor(config: SqlConfig, env: ResolverEnv) {
    this.#config = config
    this.#env = env
  }

  /**
   * Asks about the rows of users: those that meet `Where`.
   * @throws PiError UNAVAILABLE for every failure of the database: that is "unknown", never "absent" (spec/10 §13)
   */
  async ask<R>(question: (users: Knex.QueryBuilder, idType: string) => Promise<R>): Promise<R> {
    return this.#guarded(async ({k, idType, where}) => question(this.#users(k, where), idType))
  }

  /**
   * Changes rows in one transaction.
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT for values that the database refuses, UNAVAILABLE
   */
  async change<R>(
    work: (table: () => Knex.QueryBuilder, users: () => Knex.QueryBuilder, idType: string) => Promise<R>,
  ): Promise<R> {
    return this.#guarded(({k, idType, where}) =>
      k.transaction((tx) =>
        work(
          () => this.#table(tx),
          () => this.#users(tx, where),
          idType,
        ),
      ),
    )
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    await opened?.k.destroy()
  }

  #table(k: Knex): Knex.QueryBuilder {
    const {schema, table} = this.#config
    return schema === undefined ? k(table) : k.withSchema(schema).table(table)
  }

  #users(k: Knex, where: readonly WherePart[]): Knex.QueryBuilder {
    const query = this.#table(k)
    for (const {column, operator, value} of where) void query.whereRaw(`?? ${operator} ?`, [column, value])
    return query
  }

  async #guarded<R>(work: (opened: Opened) => Promise<R>): Promise<R> {
    try {
      return await work(await this.#open())
    } catch (error) {
      if (error instanceof PiError && (aboutValues.has(error.code) || error.code === 'UNAVAILABLE')) throw error
      throw new PiError('UNAVAILABLE', `The user database does not answer as it should: ${reasonOf(error)}`, {
        hints: ['Look at Driver, Server, Database, Table and Map of the resolver'],
        cause: error,
      })
    }
  }

  /** Reads the type of the id column; a failure is not kept, so a database that comes back is found. */
  #open(): Promise<Opened> {
    if (!this.#opened) {
      const opening = this.#connect()
      this.#opened = opening
      opening.catch(() => {
        if (this.#opened === opening) this.#opened = undefined
      })
    }
    return this.#opened
  }

  async #connect(): Promise<Opened> {
    const {columns, table, target, where} = this.#config
    const idColumn = columns.get('userid') ?? ''
    const parts = readWhere(where)
    const k = await this.#env.connectSql(target)
    try {
      const found: Record<string, {type?: string} | undefined> = await this.#table(k).columnInfo()
      const id = found[idColumn]
      const login = columns.get('username') ?? ''
      if (!id || !found[login]) {
        throw new Error(`there is no table ${table} with the columns ${idColumn} and ${login}`)
      }
      return {k, idType: id.type ?? '', where: parts}
    } catch (error) {
      await k.destroy()
      throw error
    }
  }
}
