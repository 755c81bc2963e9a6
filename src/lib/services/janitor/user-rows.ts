import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {guardMass} from '../../jobs/breaker.js'
import type {OwnerCheck} from './owners.js'

/** Tables with rows of users whom a store may have lost (spec/03-cli.md §B.2.5). */
export const userTables = ['customuserattribute', 'internaluserattribute', 'usersetting'] as const
export type UserTable = (typeof userTables)[number]

/** A user, or a local administrator, who has rows and is proven to be gone. */
export interface StaleUser {
  userId: string
  resolver: string
  realmId: number | null
  /** The administrator, for settings of one. */
  admin?: string
  rows: number
  reason: 'administrator deleted' | 'incomplete' | 'resolver deleted' | 'user gone'
}

/**
 * Users with rows in the table who are gone for certain. A store that cannot be asked proves nothing.
 * @param onError take a store that fails as proof, as the original's switch does
 * @throws PiError CONFIG when this release has no such table
 */
export async function staleUsers(
  db: Database,
  table: UserTable,
  owners: OwnerCheck,
  {onError = false} = {},
): Promise<StaleUser[]> {
  requireTable(db, table)
  const {k} = db
  const users = k<Row>(table)
  if (table === 'usersetting') void users.where('subject_type', 'user')
  const groups = (await users
    .groupBy('user_id', 'resolver', 'realm_id')
    .orderBy(['resolver', 'user_id', 'realm_id'])
    .select('user_id', 'resolver', 'realm_id')
    .count({n: '*'})) as Row[]
  const stale: StaleUser[] = []
  for (const row of groups) {
    const [userId, resolver] = [String(row['user_id'] ?? ''), String(row['resolver'] ?? '')]
    const reason = await reasonFor({userId, resolver}, owners, onError)
    const realmId = row['realm_id'] === null ? null : Number(row['realm_id'])
    if (reason) stale.push({userId, resolver, realmId, rows: Number(row['n']), reason})
  }
  if (table === 'usersetting') stale.push(...(await staleAdmins(db)))
  return stale
}

async function reasonFor(
  user: {userId: string; resolver: string},
  owners: OwnerCheck,
  onError: boolean,
): Promise<StaleUser['reason'] | undefined> {
  if (user.userId === '' || user.resolver === '') return 'incomplete'
  const state = await owners.stateOf(user)
  if (state === 'resolver-missing') return 'resolver deleted'
  if (state === 'absent' || (state === 'unknown' && onError)) return 'user gone'
  return undefined
}

async function staleAdmins(db: Database): Promise<StaleUser[]> {
  const rows = (await db
    .k<Row>('usersetting')
    .where('subject_type', 'local_admin')
    .whereNotExists(db.k('admin').select('username').whereRaw('?? = ??', ['admin.username', 'usersetting.username']))
    .groupBy('username')
    .orderBy('username')
    .select('username')
    .count({n: '*'})) as Row[]
  return rows.map((row) => ({
    userId: '',
    resolver: '',
    realmId: null,
    admin: String(row['username'] ?? ''),
    rows: Number(row['n']),
    reason: 'administrator deleted' as const,
  }))
}

/**
 * Deletes the rows of these users in one transaction.
 * @returns how many rows
 * @throws PiError BREAKER, CONFIG
 */
export async function deleteUserRows(
  db: Database,
  table: UserTable,
  users: readonly StaleUser[],
  {allowMass}: {allowMass?: number | undefined} = {},
): Promise<number> {
  requireTable(db, table)
  const [row] = (await db.k(table).count({n: '*'})) as Row[]
  const rows = users.reduce((sum, user) => sum + user.rows, 0)
  guardMass(rows, Number(row?.['n'] ?? 0), `rows of ${table} to delete`, allowMass)
  return db.transaction(async (tx) => {
    let deleted = 0
    for (const {userId, resolver, realmId, admin} of users) {
      const query = tx.k(table)
      if (admin !== undefined) void query.where({subject_type: 'local_admin', username: admin})
      else {
        if (table === 'usersetting') void query.where('subject_type', 'user')
        for (const [column, text] of [
          ['user_id', userId],
          ['resolver', resolver],
        ] as const) {
          if (text === '') void query.where((empty) => void empty.whereNull(column).orWhere(column, ''))
          else void query.where(column, text)
        }
        void (realmId === null ? query.whereNull('realm_id') : query.where('realm_id', realmId))
      }
      deleted += await query.delete()
    }
    return deleted
  })
}

function requireTable(db: Database, table: UserTable): void {
  if (db.schema.hasTable(table)) return
  throw new PiError('CONFIG', `This release has no table ${table}.`, {hints: ['See pi-manage db status']})
}
