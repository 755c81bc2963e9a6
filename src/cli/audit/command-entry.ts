import type {Changes} from '../../lib/db/changes.js'
import type {CommandAudit} from '../../lib/services/command-audit.js'

/** What a command may tell about itself. */
export type AuditFacts = Partial<Omit<CommandAudit, 'action' | 'success'>>

/** Arguments that name what a command is about; all others may hold secrets and are left out. */
const names = new Set(['event', 'id', 'key', 'name', 'node', 'policy', 'realm', 'resolver', 'table', 'username'])

/** The audit row of a command: its name, the things that its arguments name, and how many rows of which tables it changed. */
export function auditEntry(
  id: string,
  args: Readonly<Record<string, unknown>>,
  tables: Changes,
): Pick<CommandAudit, 'action' | 'detail' | 'info' | 'realm' | 'resolver' | 'serial' | 'user'> {
  const text = (name: string) => (args[name] === undefined ? undefined : [args[name]].flat().join(','))
  return {
    action: `CLI ${id.replaceAll(':', ' ')}`,
    serial: text('serial'),
    user: text('user'),
    realm: text('realm'),
    resolver: text('resolver'),
    info: Object.keys(args)
      .filter((name) => names.has(name) && text(name) !== undefined)
      .map((name) => `${name}=${text(name)}`)
      .join(' '),
    detail: [...tables].map(([table, rows]) => `${table}: ${rows}`).join(', '),
  }
}
