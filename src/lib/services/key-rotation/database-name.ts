import path from 'node:path'
import {parseSqlalchemyUrl} from '../../db/sqlalchemy-url.js'

/** Which database a URI means, without user and password: the same for every program on this machine. */
export function databaseNameOf(uri: string, workingDirectory: string): string {
  const {backend, host, port, database} = parseSqlalchemyUrl(uri)
  if (backend === 'sqlite') return `sqlite ${path.resolve(workingDirectory, database ?? '')}`
  return `${backend} ${host ?? 'localhost'}:${port ?? 'default'} ${database ?? ''}`
}
