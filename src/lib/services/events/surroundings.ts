import {accessSync, constants, existsSync} from 'node:fs'
import {join} from 'node:path'
import type {Database, Row} from '../../db/database.js'
import type {EventServer} from '../../events/contract.js'
import type {EventSurroundings} from '../../events/lint/contract.js'
import {releaseOf, type PlannedNames} from '../policies/surroundings.js'

/** Tables with the names that definitions may refer to. */
const tables = [
  ['smtp-server', 'smtpserver', 'identifier'],
  ['sms-gateway', 'smsgateway', 'identifier'],
  ['remote-server', 'privacyideaserver', 'identifier'],
  ['realm', 'realm', 'name'],
  ['resolver', 'resolver', 'name'],
  ['token-group', 'tokengroup', 'name'],
  ['admin', 'admin', 'username'],
] as const

/**
 * What the rules need to know of an installation.
 * @param scriptFolder PI_SCRIPT_HANDLER_DIRECTORY; not looked at where it does not exist, as on another machine
 */
export async function eventSurroundings(
  db: Database,
  scriptFolder: string | undefined,
  planned?: PlannedNames,
): Promise<EventSurroundings> {
  const known: Record<string, ReadonlySet<string>> = {}
  for (const [reference, privacyIdea, column] of tables) {
    const table = [privacyIdea, privacyIdea.replace('privacyidea', 'edumfa')].find((name) => db.schema.hasTable(name))
    if (!table) continue
    const stored = (await db.k<Row>(table).distinct(column)).map((row) => String(row[column]))
    known[reference] = new Set([...stored, ...(planned?.get(reference) ?? [])])
  }
  return {
    auditActionLength: db.schema.columnLength(db.schema.auditTable, 'action'),
    canRead: (path) => isAccessible(path, constants.R_OK),
    known,
    server: eventServer(db),
    ...(scriptFolder && existsSync(scriptFolder) && {scriptFault: (name: string) => scriptFault(scriptFolder, name)}),
  }
}

/** The server that a database belongs to. */
export function eventServer(db: Database): EventServer {
  return {eduMfa: db.schema.product === 'edumfa', release: releaseOf(db)}
}

function scriptFault(folder: string, name: string): string | undefined {
  if (name.includes('/')) return undefined
  const path = join(folder, name)
  if (!existsSync(path)) return `is not in ${folder}`
  return isAccessible(path, constants.X_OK) ? undefined : 'is not executable'
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
