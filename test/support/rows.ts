import {SqliteFile, type SqlRow} from './sqlite-file.js'

/** Rows of a table by their primary key (JSON of the key columns). */
export type TableState = Map<string, SqlRow>
export type DatabaseState = Map<string, TableState>

export interface ChangedRow {
  before: SqlRow
  after: SqlRow
  /** Names of the columns that differ. */
  columns: string[]
}

export interface TableDifference {
  added: SqlRow[]
  removed: SqlRow[]
  changed: ChangedRow[]
}

/**
 * All rows of an SQLite database, or those of `tables`. Audit rows that our commands write about themselves are left out:
 * the originals write none.
 */
export async function readState(db: SqliteFile, tables?: readonly string[]): Promise<DatabaseState> {
  const state: DatabaseState = new Map()
  const names =
    tables ??
    (await db.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).map((row) =>
      String(row['name']),
    )
  for (const table of names) {
    const columns = await db.all(`PRAGMA table_info("${table}")`)
    const key = columns.filter((column) => Number(column['pk']) > 0).map((column) => String(column['name']))
    const rows = await db.all(`SELECT rowid AS "_rowid", * FROM "${table}" ORDER BY rowid`)
    state.set(
      table,
      new Map(
        rows
          .filter(isNotOurs)
          .map(({_rowid, ...row}) => [JSON.stringify(key.length > 0 ? key.map((name) => row[name]) : [_rowid]), row]),
      ),
    )
  }
  return state
}

function isNotOurs({action}: SqlRow): boolean {
  return typeof action !== 'string' || !action.startsWith('CLI ')
}

/** Per table what differs between two states; tables without a difference are left out. */
export function diffStates(before: DatabaseState, after: DatabaseState): Record<string, TableDifference> {
  const differences: Record<string, TableDifference> = {}
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(table) ?? new Map<string, SqlRow>()
    const now = after.get(table) ?? new Map<string, SqlRow>()
    const difference: TableDifference = {added: [], removed: [], changed: []}
    for (const [key, row] of now) {
      const was = old.get(key)
      if (!was) {
        difference.added.push(row)
        continue
      }
      const columns = Object.keys(row).filter((column) => !sameValue(row[column], was[column]))
      if (columns.length > 0) difference.changed.push({before: was, after: row, columns})
    }
    for (const [key, row] of old) if (!now.has(key)) difference.removed.push(row)
    if (difference.added.length + difference.removed.length + difference.changed.length > 0)
      differences[table] = difference
  }
  return differences
}

/** What differs between two SQLite files. */
export async function diffDatabases(before: string, after: string): Promise<Record<string, TableDifference>> {
  const states: DatabaseState[] = []
  for (const path of [before, after]) {
    const db = await SqliteFile.open(path, {readonly: true})
    try {
      states.push(await readState(db))
    } finally {
      await db.close()
    }
  }
  return diffStates(states[0]!, states[1]!)
}

/**
 * The form in which the golden data of janitor, rotation and events have row changes: `changed` entries are the key and
 * per column [before, after]; volatile columns (`table.column` or `column`) are left out.
 */
export function asRecorded(
  differences: Record<string, TableDifference>,
  {volatile = [], key = 'id'}: {volatile?: readonly string[]; key?: string} = {},
): Record<string, {added: SqlRow[]; removed: SqlRow[]; changed: SqlRow[]}> {
  const recorded: Record<string, {added: SqlRow[]; removed: SqlRow[]; changed: SqlRow[]}> = {}
  for (const [table, {added, removed, changed}] of Object.entries(differences)) {
    const kept = (column: string): boolean => !volatile.includes(column) && !volatile.includes(`${table}.${column}`)
    const strip = (row: SqlRow): SqlRow => Object.fromEntries(Object.entries(row).filter(([column]) => kept(column)))
    const entry = {
      added: added.map(strip),
      removed: removed.map(strip),
      changed: changed
        .map(({before, after, columns}) => ({
          ...(key in after && {[key]: after[key]}),
          ...Object.fromEntries(columns.filter(kept).map((column) => [column, [before[column], after[column]]])),
        }))
        .filter((change) => Object.keys(change).some((column) => column !== key)),
    }
    if (entry.added.length + entry.removed.length + entry.changed.length > 0) recorded[table] = entry
  }
  return recorded
}

function sameValue(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0
  return one === other
}
