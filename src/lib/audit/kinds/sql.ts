import type {AuditKind} from '../contract.js'

/** Rows in the audit table, signed (spec/11 §A3). */
export const sql: AuditKind = {
  module: 'sqlaudit',
  open: (env) => env.openTable(),
}
