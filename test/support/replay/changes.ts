import {diffStates, type DatabaseState, type TableDifference} from '../rows.js'
import type {SqlRow} from '../sqlite-file.js'
import type {DbAfter, ListChange, TypedInfo} from './transcript.js'

/** Tables whose changes are recorded. */
export const recordedTables = [
  'token',
  'tokeninfo',
  'challenge',
  'tokenowner',
  'tokenrealm',
  'authcache',
  'machinetoken',
  'clientapplication',
  'pidea_audit',
] as const

type ListTable = 'authcache' | 'challenge' | 'clientapplication' | 'machinetoken' | 'tokenowner' | 'tokenrealm'

/** Per table the columns that name a changed row, and those that are not recorded. */
export const listTables: Record<ListTable, {key: string[]; without: string[]}> = {
  challenge: {key: ['serial', 'transaction_id'], without: ['id']},
  tokenowner: {key: ['serial', 'resolver', 'user_id', 'realm_id'], without: ['id', 'token_id']},
  tokenrealm: {key: ['serial', 'realm_id'], without: ['id', 'token_id']},
  authcache: {key: ['username', 'realm'], without: ['id']},
  machinetoken: {key: ['serial', 'machine_id', 'application'], without: ['id', 'token_id']},
  clientapplication: {key: ['ip', 'clienttype', 'node'], without: ['id']},
}

/**
 * What makes a row the same one before and after: its meaning, not its id, since SQLite gives the id of a deleted last
 * row to the next one.
 */
const identity: Record<string, string[]> = {
  token: ['serial'],
  tokeninfo: ['token_id', 'Key'],
  challenge: ['transaction_id', 'serial'],
  tokenowner: ['token_id', 'resolver', 'user_id', 'realm_id'],
  tokenrealm: ['token_id', 'realm_id'],
  clientapplication: ['ip', 'clienttype', 'node'],
}

/** Columns of the audit table that are not recorded. */
const auditWithout = new Set(['id', 'date', 'startdate', 'duration', 'signature'])

/** The changes between two states of the database in the form of the recording. */
export function recordedForm(before: DatabaseState, after: DatabaseState): DbAfter {
  const differences = diffStates(byMeaning(before), byMeaning(after))
  const serials = serialsById(before, after)
  const changes: DbAfter = {}
  const token = tokenChanges(differences['token'])
  if (token) changes.token = token
  const info = infoChanges(differences['tokeninfo'], serials)
  if (info) changes.tokeninfo = info
  for (const table of Object.keys(listTables) as ListTable[]) {
    const list = listChanges(table, differences[table], serials)
    if (list) changes[table] = list
  }
  const audit = differences['pidea_audit']?.added ?? []
  if (audit.length > 0) {
    changes.audit = [...audit]
      .sort((one, other) => Number(one['id']) - Number(other['id']))
      .map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !auditWithout.has(column))))
  }
  return changes
}

function tokenChanges(difference: TableDifference | undefined): DbAfter['token'] {
  if (!difference) return undefined
  const found: NonNullable<DbAfter['token']> = {}
  for (const {after, columns} of difference.changed) {
    const entries = columns.filter((column) => column !== 'id').map((column) => [column, after[column]] as const)
    if (entries.length > 0) found[String(after['serial'])] = Object.fromEntries(entries)
  }
  for (const {id: _id, ...row} of difference.added) found[String(row['serial'])] = {...row, _new: true}
  for (const row of difference.removed) found[String(row['serial'])] = null
  return Object.keys(found).length > 0 ? found : undefined
}

function infoChanges(difference: TableDifference | undefined, serials: Map<unknown, string>): DbAfter['tokeninfo'] {
  if (!difference) return undefined
  const found: NonNullable<DbAfter['tokeninfo']> = {}
  const put = (row: SqlRow, value: string | TypedInfo | null): void => {
    const serial = serials.get(row['token_id']) ?? `token ${String(row['token_id'])}`
    ;(found[serial] ??= {})[String(row['Key'])] = value
  }
  for (const row of difference.removed) put(row, null)
  const changed = difference.changed.filter(({before, after}) => !sameInfo(infoOf(before), infoOf(after)))
  for (const row of [...difference.added, ...changed.map((change) => change.after)]) put(row, infoOf(row))
  return Object.keys(found).length > 0 ? found : undefined
}

/** An empty type means the same as none. */
function infoOf(row: SqlRow): string | TypedInfo {
  const value = row['Value'] as string | null
  const type = row['Type'] as string | null
  return type ? {value, type} : (value ?? '')
}

function sameInfo(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * A recording without the token infos whose value was there before: the original at times writes all of a token anew,
 * and only the empty type of the rows becomes another one.
 */
export function withoutRepeatedInfo(recorded: DbAfter, before: DatabaseState): DbAfter {
  if (!recorded.tokeninfo) return recorded
  const serials = serialsById(before)
  const known = new Map<string, string | TypedInfo>()
  for (const row of before.get('tokeninfo')?.values() ?? []) {
    known.set(`${serials.get(row['token_id'])} ${String(row['Key'])}`, infoOf(row))
  }
  const {tokeninfo, ...others} = recorded
  const kept = Object.entries(tokeninfo)
    .map(([serial, infos]) => {
      const changed = Object.entries(infos).filter(([key, value]) => !sameInfo(known.get(`${serial} ${key}`), value))
      return [serial, Object.fromEntries(changed)] as const
    })
    .filter(([, infos]) => Object.keys(infos).length > 0)
  return {...others, ...(kept.length > 0 && {tokeninfo: Object.fromEntries(kept)})}
}

function listChanges(
  table: ListTable,
  difference: TableDifference | undefined,
  serials: Map<unknown, string>,
): ListChange | undefined {
  if (!difference) return undefined
  const {key, without} = listTables[table]
  const shape = (row: SqlRow): SqlRow => ({
    ...Object.fromEntries(Object.entries(row).filter(([column]) => !without.includes(column))),
    ...('token_id' in row && {serial: serials.get(row['token_id'])}),
  })
  const added = difference.added.map(shape)
  const removed = difference.removed.map(shape)
  const changed = difference.changed
    .map(({after, columns}) => {
      const row = shape(after)
      const named = [...key, ...columns.filter((column) => !without.includes(column))]
      return named.length === key.length ? {} : Object.fromEntries(named.map((column) => [column, row[column]]))
    })
    .filter((row) => Object.keys(row).length > 0)
  if (added.length + removed.length + changed.length === 0) return undefined
  return {...(added.length > 0 && {added}), ...(removed.length > 0 && {removed}), ...(changed.length > 0 && {changed})}
}

function serialsById(...states: DatabaseState[]): Map<unknown, string> {
  const serials = new Map<unknown, string>()
  for (const state of states) {
    for (const row of state.get('token')?.values() ?? []) serials.set(row['id'], String(row['serial']))
  }
  return serials
}

function byMeaning(state: DatabaseState): DatabaseState {
  return new Map(
    [...state].map(([table, rows]) => {
      const columns = identity[table]
      if (!columns) return [table, rows]
      return [
        table,
        new Map([...rows.values()].map((row) => [JSON.stringify(columns.map((column) => row[column])), row])),
      ]
    }),
  )
}
