import {createHash} from 'node:crypto'
import type {Database, Row} from '../../db/database.js'
import {satelliteTables} from '../../store/tokens.js'

/** Every row of a token in every table, as the database gives it: columns by name, nothing converted. */
export interface Snapshot {
  id: number
  serial: string
  /** Rows by table, in the order of their ids. */
  rows: Record<string, Row[]>
}

/** Tables in an order in which rows may be inserted; deletion goes the other way. */
export const snapshotTables = ['token', ...satelliteTables, 'machinetokenoptions', 'challenge'] as const

/** A login that is under way does not make a token another one. */
const fleeting = new Set<string>(['challenge'])

/** Columns by which rows of a table are told apart, where it has no id. */
const rowKeys: Record<string, readonly string[]> = {tokencontainertoken: ['token_id', 'container_id']}

/** Reads tokens with everything that belongs to them, at most a page; those that are gone are missing. */
export async function readSnapshots(
  db: Database,
  ids: readonly number[],
  {lock = false} = {},
): Promise<Map<number, Snapshot>> {
  const {k, schema} = db
  const query = k<Row>('token')
    .whereIn('id', [...ids])
    .orderBy('id')
  if (lock) query.forUpdate()
  const snapshots = new Map<number, Snapshot>()
  const bySerial = new Map<string, Snapshot>()
  for (const row of await query) {
    const snapshot: Snapshot = {id: Number(row['id']), serial: String(row['serial']), rows: {token: [row]}}
    snapshots.set(snapshot.id, snapshot)
    bySerial.set(snapshot.serial, snapshot)
  }
  const present = [...snapshots.keys()]
  const add = (snapshot: Snapshot | undefined, table: string, row: Row) => {
    if (snapshot) (snapshot.rows[table] ??= []).push(row)
  }
  for (const table of satelliteTables) {
    if (!schema.hasTable(table)) continue
    const rows = await k<Row>(table)
      .whereIn('token_id', present)
      .orderBy(rowKeys[table]?.[1] ?? 'id')
    for (const row of rows) add(snapshots.get(Number(row['token_id'])), table, row)
  }
  const options = await k<Row>('machinetokenoptions')
    .join('machinetoken', 'machinetoken.id', 'machinetokenoptions.machinetoken_id')
    .whereIn('machinetoken.token_id', present)
    .orderBy('machinetokenoptions.id')
    .select('machinetokenoptions.*', 'machinetoken.token_id as owning_token')
  for (const {owning_token: owner, ...row} of options) add(snapshots.get(Number(owner)), 'machinetokenoptions', row)
  const challenges = await k<Row>('challenge')
    .whereIn('serial', [...bySerial.keys()])
    .orderBy('id')
  for (const row of challenges) add(bySerial.get(String(row['serial'])), 'challenge', row)
  return snapshots
}

/** A short name of a state: two tokens that differ in anything but running logins have different ones. */
export function fingerprint(snapshot: Snapshot | undefined): string {
  if (!snapshot) return 'gone'
  const hash = createHash('sha256')
  for (const table of snapshotTables) {
    const rows = snapshot.rows[table]
    if (!rows || fleeting.has(table)) continue
    hash.update(`${table}\n`)
    for (const row of rows) {
      const entries = Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))
      hash.update(JSON.stringify(entries.map(([column, value]) => [column, plain(value)])))
    }
  }
  return hash.digest('base64url').slice(0, 22)
}

/** The same for a boolean, whatever the database makes of it. */
function plain(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

/** How many rows an insert takes at once; SQLite allows 32,766 values. */
const insertRows = 50

/**
 * Makes the rows of a token what they were, ids included.
 * @param from the present state, `undefined` when the token is gone
 */
export async function restoreSnapshot(tx: Database, from: Snapshot | undefined, to: Snapshot): Promise<void> {
  for (const table of [...snapshotTables].reverse()) {
    const wanted = new Set((to.rows[table] ?? []).map((row) => keyOf(table, row)))
    for (const row of from?.rows[table] ?? []) {
      if (!wanted.has(keyOf(table, row))) await tx.k(table).where(whereOf(table, row)).delete()
    }
  }
  for (const table of snapshotTables) {
    const present = new Map((from?.rows[table] ?? []).map((row) => [keyOf(table, row), row]))
    const missing: Row[] = []
    for (const row of to.rows[table] ?? []) {
      const now = present.get(keyOf(table, row))
      if (!now) missing.push(row)
      else {
        const changed = Object.entries(row).filter(([column, value]) => plain(now[column]) !== plain(value))
        if (changed.length > 0) await tx.k(table).where(whereOf(table, row)).update(Object.fromEntries(changed))
      }
    }
    for (let at = 0; at < missing.length; at += insertRows) await tx.k(table).insert(missing.slice(at, at + insertRows))
  }
}

/** Brings back tokens that are gone, table by table, ids included. */
export async function restoreSnapshots(tx: Database, snapshots: readonly Snapshot[]): Promise<void> {
  for (const table of snapshotTables) {
    const rows = snapshots.flatMap((snapshot) => snapshot.rows[table] ?? [])
    for (let at = 0; at < rows.length; at += insertRows) await tx.k(table).insert(rows.slice(at, at + insertRows))
  }
}

function keyOf(table: string, row: Row): string {
  return (rowKeys[table] ?? ['id']).map((column) => String(row[column])).join(' ')
}

function whereOf(table: string, row: Row): Row {
  return Object.fromEntries((rowKeys[table] ?? ['id']).map((column) => [column, row[column]]))
}
