import type {Schema} from '../db/database.js'

/** Columns of the audit table over all releases, in the order of the original's model (spec/11 §A3). */
const known = [
  'id',
  'date',
  'startdate',
  'duration',
  'signature',
  'action',
  'authentication',
  'success',
  'serial',
  'token_type',
  'container_serial',
  'container_type',
  'user',
  'realm',
  'resolver',
  'administrator',
  'action_detail',
  'info',
  'privacyidea_server',
  'edumfa_server',
  'client',
  'user_agent',
  'user_agent_version',
  'loglevel',
  'clearance_level',
  'thread_id',
  'policies',
] as const

/** Columns that this audit table has. */
export function auditColumns(schema: Schema): string[] {
  return known.filter((column) => schema.hasColumn(schema.auditTable, column))
}

/**
 * The column that a name means: the server's column has another name in each product, and the API of the original says
 * `number` and `log_level` for columns that are called otherwise.
 * @returns undefined when there is none
 */
export function auditColumn(schema: Schema, name: string): string | undefined {
  const column =
    name === 'privacyidea_server' || name === 'edumfa_server'
      ? schema.auditServerColumn
      : name === 'number'
        ? 'id'
        : name === 'log_level'
          ? 'loglevel'
          : name
  return schema.hasColumn(schema.auditTable, column) ? column : undefined
}
