import {dialectNameOf} from '../../dialect.js'
import {parseSqlalchemyUrl} from '../../sqlalchemy-url.js'
import type {DialectName} from '../../database.js'
import type {Staging} from './contract.js'

const stagings: Record<DialectName, () => Promise<Staging>> = {
  sqlite: async () => (await import('./sqlite.js')).stageInSqlite,
  postgres: async () => (await import('./postgres.js')).stageInPostgres,
  mariadb: async () => (await import('./mariadb.js')).stageInMariadb,
}

/** How the content of a database is replaced there. @throws PiError CONFIG */
export function stagingFor(uri: string): Promise<Staging> {
  return stagings[dialectNameOf(parseSqlalchemyUrl(uri).backend)]()
}
