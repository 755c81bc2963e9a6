import {accessSync, constants} from 'node:fs'
import type {Database, Row} from '../../db/database.js'
import type {LintSurroundings} from '../../policy/lint/contract.js'
import type {Release} from '../../types/release.js'

/** Names by kind of configuration object, e.g. `realm`, that will be there when something planned is done. */
export type PlannedNames = ReadonlyMap<string, ReadonlySet<string>>

/** What the lint rules need to know of an installation. @param planned what will be there beside what is stored */
export async function lintSurroundings(db: Database, planned?: PlannedNames): Promise<LintSurroundings> {
  const names = async (table: string, column: string, kind?: string): Promise<Set<string>> => {
    const stored = (await db.k<Row>(table).distinct(column)).map((row) => String(row[column]))
    return new Set([...stored, ...((kind && planned?.get(kind)) || [])])
  }
  const [realms, resolvers, radiusServers] = await Promise.all([
    names('realm', 'name', 'realm'),
    names('resolver', 'name', 'resolver'),
    names('radiusserver', 'identifier', 'radius-server'),
  ])
  const nodes = db.schema.hasTable('nodename') ? await names('nodename', 'name') : undefined
  return {
    actionLength: db.schema.columnLength('policy', 'action'),
    canRead,
    radiusServers,
    realms,
    release: releaseOf(db),
    resolvers,
    ...(nodes && nodes.size > 0 && {nodes}),
  }
}

/** The release of privacyIDEA whose policies a schema has; eduMFA kept those of 3.9. */
export function releaseOf({schema}: Database): Release {
  if (schema.product === 'edumfa') return [3, 9]
  const [major = 3, minor = 8] = schema.version.split('.').map((part) => Number.parseInt(part, 10))
  return [major, minor]
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
