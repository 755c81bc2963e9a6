import type {Settings} from '../config/settings.js'
import {connect} from '../db/connect.js'
import type {ResolverEnv, SqlTarget} from '../resolvers/contract.js'

export interface ResolverEnvOptions {
  /** Against which relative file names are resolved. */
  directory: string
  settings?: Settings
}

/** What resolvers need of the rest of the library. */
export function resolverEnv({directory, settings}: ResolverEnvOptions): ResolverEnv {
  return {
    directory,
    ldapRoundSeconds: settings?.integer('PI_LDAP_POOLING_LOOP_TIMEOUT'),
    rawSqlCredentials: settings?.product === 'edumfa',
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
