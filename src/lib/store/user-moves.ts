import type {Database, Row} from '../db/database.js'

/** A user by what tables hold of him. */
export interface StoredUser {
  userId: string
  resolver: string
  realmId: number
}

/** Tables that name a user by id, resolver and realm. */
const tables = ['tokenowner', 'tokencontainerowner', 'customuserattribute', 'internaluserattribute'] as const

/** Which users are meant; all that is given must hold. */
export interface StoredUserFilter {
  realmId?: number | undefined
  resolver?: string | undefined
  userIds?: readonly string[] | undefined
}

/** What one move changed. */
export interface MovedRows {
  tokens: number
  containers: number
  attributes: number
  /** Attributes that the target has already; the source keeps its own. */
  conflicts: number
}

/** Changes to whom rows of every table belong. */
export class UserMoveRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Users of whom anything is stored, in a stable order. Rows without realm are left out. */
  async users(filter: StoredUserFilter): Promise<StoredUser[]> {
    const found = new Map<string, StoredUser>()
    for (const table of this.#tables()) {
      const query = this.#db
        .k<Row>(table)
        .distinct('user_id', 'resolver', 'realm_id')
        .whereNotNull('realm_id')
        .where(conditionOf(filter))
        .orderBy(['resolver', 'user_id', 'realm_id'])
      if (filter.userIds) query.whereIn('user_id', [...filter.userIds])
      for (const row of await query) {
        const user = {
          userId: String(row['user_id'] ?? ''),
          resolver: String(row['resolver'] ?? ''),
          realmId: Number(row['realm_id']),
        }
        found.set(JSON.stringify(user), user)
      }
    }
    return [...found.values()]
  }

  /** How many rows belong to a user. */
  async count(user: StoredUser): Promise<Pick<MovedRows, 'attributes' | 'containers' | 'tokens'>> {
    const rows = async (table: (typeof tables)[number]) => {
      if (!this.#tables().includes(table)) return 0
      const [row] = (await this.#db.k(table).where(rowOf(user)).count({n: '*'})) as Row[]
      return Number(row?.['n'] ?? 0)
    }
    return {
      tokens: await rows('tokenowner'),
      containers: await rows('tokencontainerowner'),
      attributes: (await rows('customuserattribute')) + (await rows('internaluserattribute')),
    }
  }

  /** Gives everything of one user to another; realms of tokens and containers follow. Call it in a transaction. */
  async move(from: StoredUser, to: StoredUser): Promise<MovedRows> {
    const moved: MovedRows = {tokens: 0, containers: 0, attributes: 0, conflicts: 0}
    const has = (table: string) => this.#db.schema.hasTable(table)
    moved.tokens = await this.#moveMembers('tokenowner', 'tokenrealm', 'token_id', from, to)
    if (has('tokencontainerowner')) {
      moved.containers = await this.#moveMembers('tokencontainerowner', 'tokencontainerrealm', 'container_id', from, to)
    }
    for (const table of ['customuserattribute', 'internaluserattribute'] as const) {
      if (!has(table)) continue
      const {k} = this.#db
      const taken = new Set(((await k<Row>(table).where(rowOf(to)).select('Key')) as Row[]).map((row) => row['Key']))
      const rows: Row[] = await k<Row>(table).where(rowOf(from)).select('id', 'Key')
      const free = rows.filter((row) => !taken.has(row['Key'])).map((row) => Number(row['id']))
      moved.conflicts += rows.length - free.length
      moved.attributes += free.length === 0 ? 0 : await k(table).whereIn('id', free).update(rowOf(to))
    }
    return moved
  }

  async #moveMembers(
    table: string,
    realmTable: string,
    member: string,
    from: StoredUser,
    to: StoredUser,
  ): Promise<number> {
    const {k} = this.#db
    const rows: Row[] = await k<Row>(table).where(rowOf(from)).select('id', member)
    if (rows.length === 0) return 0
    const ids = rows.map((row) => Number(row[member]))
    const moved = await k(table).where(rowOf(from)).update(rowOf(to))
    if (from.realmId !== to.realmId && this.#db.schema.hasTable(realmTable)) {
      await k(realmTable).whereIn(member, ids).where({realm_id: from.realmId}).delete()
      const there: Row[] = await k<Row>(realmTable).whereIn(member, ids).where({realm_id: to.realmId}).select(member)
      const have = new Set(there.map((row) => Number(row[member])))
      const missing = [...new Set(ids)].filter((id) => !have.has(id))
      await this.#db.insert(
        realmTable,
        missing.map((id) => ({[member]: id, realm_id: to.realmId})),
      )
    }
    return moved
  }

  #tables(): (typeof tables)[number][] {
    return tables.filter((table) => this.#db.schema.hasTable(table))
  }
}

function conditionOf({realmId, resolver}: StoredUserFilter): Row {
  return {...(realmId !== undefined && {realm_id: realmId}), ...(resolver !== undefined && {resolver})}
}

function rowOf({realmId, resolver, userId}: StoredUser): Row {
  return {user_id: userId, resolver, realm_id: realmId}
}
