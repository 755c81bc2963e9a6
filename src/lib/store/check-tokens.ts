import type {Knex} from 'knex'
import type {Database, Row} from '../db/database.js'
import type {Token, TokenOwner} from '../types/token.js'
import {readToken} from './tokens.js'

/** A token with all that a login needs, read in one statement. */
export interface LoadedToken extends Token {
  /** Details by key. */
  info: Map<string, {value: string; type: string; id: number}>
  /** The first assignment; the others are ignored, as by the originals. */
  owner: (TokenOwner & {realmId: number | undefined}) | undefined
}

/** A user of a realm. */
export interface TokensOf {
  userId: string
  resolver: string
  realmId: number
}

const tokenColumns = [
  'id',
  'serial',
  'tokentype',
  'description',
  'active',
  'revoked',
  'locked',
  'count',
  'failcount',
  'maxfail',
  'otplen',
  'count_window',
  'sync_window',
  'rollout_state',
  'pin_hash',
  'pin_seed',
  'key_enc',
  'key_iv',
  'user_pin',
  'user_pin_iv',
]

const columns = [
  ...tokenColumns.map((column) => `t.${column}`),
  'i.id AS info_id',
  'i.Key AS info_key',
  'i.Value AS info_value',
  'i.Type AS info_type',
  'o.id AS owner_id',
  'o.user_id AS owner_user',
  'o.resolver AS owner_resolver',
  'o.realm_id AS owner_realm',
]

/** Reads tokens for checking them: whole, and in the order of their ids. */
export class CheckTokenRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** For each user the tokens assigned to him, as far as they are in the realm. */
  async ofUsers(users: readonly TokensOf[]): Promise<LoadedToken[][]> {
    const distinct = <V>(pick: (user: TokensOf) => V) => [...new Set(users.map(pick))]
    const query = this.#db
      .k<Row>('tokenowner AS o')
      .join('token AS t', 't.id', 'o.token_id')
      .join('tokenrealm AS r', 'r.token_id', 't.id')
      .whereIn(
        'o.user_id',
        distinct(({userId}) => userId),
      )
      .whereIn(
        'o.resolver',
        distinct(({resolver}) => resolver),
      )
      .whereIn(
        'r.realm_id',
        distinct(({realmId}) => realmId),
      )
      .select('r.realm_id AS in_realm')
    const rows = await this.#rows(query)
    return users.map((user) =>
      group(
        rows.filter((row) => belongs(row, user)),
        this.#db,
      ),
    )
  }

  async bySerial(serial: string): Promise<LoadedToken | undefined> {
    const rows = await this.#query((query) => void query.where('t.serial', serial))
    return rows.find((token) => token.serial === serial)
  }

  async bySerials(serials: readonly string[]): Promise<LoadedToken[]> {
    const rows = await this.#query((query) => void query.whereIn('t.serial', [...serials]))
    return rows.filter(({serial}) => serials.includes(serial))
  }

  /** Active tokens of a realm that somebody owns. */
  async assignedInRealm(realmId: number): Promise<LoadedToken[]> {
    const rows = await this.#query((query) => {
      void query.where('t.active', true).whereNotNull('o.id').whereExists(this.#inRealm(realmId))
    })
    return rows
  }

  /** Tokens of a realm that nobody owns. */
  async unassignedInRealm(realmId: number): Promise<LoadedToken[]> {
    return this.#query((query) => void query.whereNull('o.id').whereExists(this.#inRealm(realmId)))
  }

  /** Tokens of one type with a detail of that value, e.g. Yubikeys by prefix. */
  async byInfo(type: string, key: string, value: string): Promise<LoadedToken[]> {
    const rows = await this.#query((query) => {
      void query
        .where('t.tokentype', type)
        .whereExists(
          this.#db
            .k('tokeninfo AS w')
            .select('w.id')
            .whereRaw('?? = ??', ['w.token_id', 't.id'])
            .where({'w.Key': key, 'w.Value': value}),
        )
    })
    return rows.filter(({info}) => info.get(key)?.value === value)
  }

  /** Names of the realms a token is in. */
  async realmsOf(tokenId: number): Promise<string[]> {
    const rows = await this.#db
      .k<Row>('tokenrealm')
      .join('realm', 'realm.id', 'tokenrealm.realm_id')
      .where('tokenrealm.token_id', tokenId)
      .orderBy('tokenrealm.id')
      .select('realm.name')
    return rows.map((row) => String(row['name']))
  }

  #inRealm(realmId: number): Knex.QueryBuilder {
    return this.#db
      .k('tokenrealm AS r')
      .select('r.id')
      .whereRaw('?? = ??', ['r.token_id', 't.id'])
      .where('r.realm_id', realmId)
  }

  /** Begins at the tokens; on databases without an index by token the owners are searched through. */
  async #query(build: (query: Knex.QueryBuilder) => void): Promise<LoadedToken[]> {
    const query = this.#db.k<Row>('token AS t').leftJoin('tokenowner AS o', 'o.token_id', 't.id')
    build(query)
    return this.#read(query)
  }

  async #read(query: Knex.QueryBuilder): Promise<LoadedToken[]> {
    return group(await this.#rows(query), this.#db)
  }

  async #rows(query: Knex.QueryBuilder): Promise<Row[]> {
    void query
      .leftJoin('tokeninfo AS i', 'i.token_id', 't.id')
      .select(...columns)
      .orderBy('t.id')
    return query
  }
}

/** Exactly: MariaDB compares texts without regard to case. */
function belongs(row: Row, {userId, resolver, realmId}: TokensOf): boolean {
  return row['owner_user'] === userId && row['owner_resolver'] === resolver && Number(row['in_realm']) === realmId
}

/** One token per id: the join gives a row for each detail and each owner. */
function group(rows: readonly Row[], db: Database): LoadedToken[] {
  const tokens = new Map<number, LoadedToken & {ownerId: number}>()
  for (const row of rows) {
    const id = Number(row['id'])
    let token = tokens.get(id)
    if (!token) tokens.set(id, (token = {...readToken(row, db), info: new Map(), owner: undefined, ownerId: Infinity}))
    const key = row['info_key']
    if (typeof key === 'string') {
      token.info.set(key, {
        value: String(row['info_value'] ?? ''),
        type: String(row['info_type'] ?? ''),
        id: Number(row['info_id']),
      })
    }
    const ownerId = Number(row['owner_id'] ?? Infinity)
    if (ownerId < token.ownerId) {
      const realmId = row['owner_realm']
      token.ownerId = ownerId
      token.owner = {
        userId: String(row['owner_user'] ?? ''),
        resolver: String(row['owner_resolver'] ?? ''),
        realmId: realmId === null || realmId === undefined ? undefined : Number(realmId),
      }
    }
  }
  return [...tokens.values()]
}
