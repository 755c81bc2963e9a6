import {connect} from '../db/connect.js'
import type {ResolverEnv, SqlTarget} from '../resolvers/contract.js'

/** What resolvers need of the rest of the library. @param directory against which relative file names are resolved */
export function resolverEnv({directory}: {directory: string}): ResolverEnv {
  return {
    directory,
    async connectSql(target) {
      return (await connect(uriOf(target), {workingDirectory: directory})).knex
    },
  }
}

function uriOf({driver, host, port, database, user, password, parameters}: SqlTarget): string {
  const query = parameters === '' ? '' : `?${parameters.replace(/^\?/, '')}`
  if (driver.startsWith('sqlite')) return `${driver}:///${database}${query}`
  const credentials = user === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  return `${driver}://${credentials}${host}${port === undefined ? '' : `:${port}`}/${database}${query}`
}
