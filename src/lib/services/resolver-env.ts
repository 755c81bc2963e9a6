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
      const engineOptions = {pool_size: target.poolSize, pool_timeout: target.poolTimeout}
      return (await connect(uriOf(target), {workingDirectory: directory, engineOptions})).knex
    },
  }
}

function uriOf({driver, host, port, database, user, password, parameters}: SqlTarget): string {
  const query = parameters === '' ? '' : `?${parameters.replace(/^\?/, '')}`
  if (driver.startsWith('sqlite')) return `${driver}:///${database}${query}`
  const credentials = user === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  const place = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return `${driver}://${credentials}${place}${port === undefined ? '' : `:${port}`}/${database}${query}`
}
