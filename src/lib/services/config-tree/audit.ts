import type {Settings} from '../../config/settings.js'
import type {Database} from '../../db/database.js'
import {auditCommand} from '../command-audit.js'
import type {ObjectChange} from '../config-objects.js'
import type {ChangeAudit} from './index.js'

/**
 * Writes one audit row for each object that `config apply` changes: what was done to which object, and which fields
 * changed, without their values.
 */
export function changeAudit(
  settings: Settings,
  auditDatabase: () => Promise<Database>,
  warn: (message: string) => void,
): ChangeAudit {
  const within = settings.text('PI_AUDIT_SQL_URI') === undefined
  const warned = new Set<string>()
  const warnOnce = (message: string): void => {
    if (!warned.has(message)) warn(message)
    warned.add(message)
  }
  return {
    within,
    async write(db, changes) {
      const database = within ? () => Promise.resolve(db) : auditDatabase
      for (const change of changes) {
        await auditCommand(settings, database, {action: 'CLI config apply', info: infoOf(change)}, warnOnce)
      }
    },
  }
}

function infoOf({change, fields, kind, name}: ObjectChange): string {
  const changed = change === 'update' ? `: ${fields.map(({field}) => field).join(', ')}` : ''
  return `${change} ${kind} ${name}${changed}`
}
