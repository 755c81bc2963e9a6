import type {Knex} from 'knex'
import type {Database, Row} from '../db/database.js'
import type {Token} from '../types/token.js'

/** Columns of `token` by the field that holds them. */
const columns = {
  id: 'id',
  serial: 'serial',
  tokentype: 'tokentype',
  description: 'description',
  active: 'active',
  revoked: 'revoked',
  locked: 'locked',
  count: 'count',
  failcount: 'failcount',
  maxfail: 'maxfail',
  otplen: 'otplen',
  countWindow: 'count_window',
  syncWindow: 'sync_window',
  rolloutState: 'rollout_state',
  pinHash: 'pin_hash',
  pinSeed: 'pin_seed',
  keyEnc: 'key_enc',
  keyIv: 'key_iv',
  userPin: 'user_pin',
  userPinIv: 'user_pin_iv',
  soPin: 'so_pin',
  soPinIv: 'so_pin_iv',
} as const satisfies Record<keyof Token, string>

/** What may be changed of a token. */
export type TokenChanges = Partial<Omit<Token, 'id'>>

/** What the same columns said before, for a change that must not overwrite another one. */
export type TokenCondition = Partial<Omit<Token, 'id'>>

/** Tables whose rows belong to a token, in the order in which they are deleted (spec/01 §6.3). */
export const satelliteTables = [
  'tokenrealm',
  'tokenowner',
  'machinetoken',
  'tokeninfo',
  'tokentokengroup',
  'tokencontainertoken',
  'tokencredentialidhash',
] as const

/** The table `token`, and the deletion of everything that hangs on a token. */
export class TokenRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** One token by its exact serial. @param options.lock keep others from changing it until the transaction ends */
  async find(serial: string, {lock = false} = {}): Promise<Token | undefined> {
    const query = this.#db.k<Row>('token').where({serial})
    if (lock) query.forUpdate()
    const rows = await query
    // MariaDB compares serials without regard to case
    const row = rows.find((candidate) => candidate['serial'] === serial)
    return row && readToken(row, this.#db)
  }

  /** Several tokens by their exact serials, at most a page; those that do not exist are missing. */
  async findSeveral(serials: readonly string[]): Promise<Token[]> {
    const wanted = new Set(serials)
    const rows = await this.#db
      .k<Row>('token')
      .whereIn('serial', [...wanted])
      .orderBy('id')
    return rows.filter((row) => wanted.has(String(row['serial']))).map((row) => readToken(row, this.#db))
  }

  /** Several tokens by id, at most a page, in the order of the ids. */
  async findByIds(ids: readonly number[]): Promise<Token[]> {
    const rows = await this.#db
      .k<Row>('token')
      .whereIn('id', [...ids])
      .orderBy('id')
    return rows.map((row) => readToken(row, this.#db))
  }

  /** Every token that `build` lets through, in pages by id. */
  async *pages(
    options: {size?: number; after?: number; build?: (query: Knex.QueryBuilder) => void} = {},
  ): AsyncIterable<Token[]> {
    for await (const page of this.#db.pages<Row>('token', options)) yield page.map((row) => readToken(row, this.#db))
  }

  /** How many tokens `build` lets through. */
  async count(build?: (query: Knex.QueryBuilder) => void): Promise<number> {
    const query = this.#db.k('token').count({n: '*'})
    build?.(query)
    const [row] = await query
    return Number((row as Row)['n'])
  }

  /**
   * Changes a token; with `ifStill` only while it is still in that state, so that of several concurrent callers one wins.
   * @returns whether a row was changed
   */
  async update(id: number, changes: TokenChanges, ifStill: TokenCondition = {}): Promise<boolean> {
    const row = writeToken(changes)
    if (Object.keys(row).length === 0) return false
    return (
      (await this.#db
        .k('token')
        .where({id, ...writeToken(ifStill)})
        .update(row)) === 1
    )
  }

  /** The same change to several tokens, at most a page. @returns how many rows were there */
  async updateSeveral(ids: readonly number[], changes: TokenChanges): Promise<number> {
    return this.#db
      .k('token')
      .whereIn('id', [...ids])
      .update(writeToken(changes))
  }

  /** Deletes tokens with everything that belongs to them, at most a page. @returns how many were there */
  async delete(tokens: readonly {id: number; serial: string}[]): Promise<number> {
    if (tokens.length === 0) return 0
    const {k, schema} = this.#db
    const ids = tokens.map(({id}) => id)
    const serials = tokens.map(({serial}) => serial)
    await k('machinetokenoptions')
      .whereIn('machinetoken_id', k('machinetoken').select('id').whereIn('token_id', ids))
      .delete()
    for (const table of satelliteTables) if (schema.hasTable(table)) await k(table).whereIn('token_id', ids).delete()
    await k('challenge').whereIn('serial', serials).delete()
    return k('token').whereIn('id', ids).delete()
  }
}

/** A row of `token` as a record; NULL is the empty text, zero or false. */
export function readToken(row: Row, db: Pick<Database, 'bool'>): Token {
  const text = (column: string) => (row[column] === null || row[column] === undefined ? '' : String(row[column]))
  const number = (column: string) => Number(row[column] ?? 0)
  return {
    id: number('id'),
    serial: text('serial'),
    tokentype: text('tokentype').toLowerCase(),
    description: text('description'),
    active: db.bool(row['active']),
    revoked: db.bool(row['revoked']),
    locked: db.bool(row['locked']),
    count: number('count'),
    failcount: number('failcount'),
    maxfail: number('maxfail'),
    otplen: number('otplen'),
    countWindow: number('count_window'),
    syncWindow: number('sync_window'),
    rolloutState: text('rollout_state'),
    pinHash: text('pin_hash'),
    pinSeed: text('pin_seed'),
    keyEnc: text('key_enc'),
    keyIv: text('key_iv'),
    userPin: text('user_pin'),
    userPinIv: text('user_pin_iv'),
    soPin: text('so_pin'),
    soPinIv: text('so_pin_iv'),
  }
}

function writeToken(changes: TokenChanges): Row {
  return Object.fromEntries(Object.entries(changes).map(([field, value]) => [columns[field as keyof Token], value]))
}
