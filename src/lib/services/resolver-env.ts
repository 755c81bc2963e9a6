import {verifyHash} from '../crypto/password-hash.js'
import {identifyScheme} from '../crypto/password-hash/registry.js'
import {connect} from '../db/connect.js'
import type {ResolverEnv, SqlTarget} from '../resolvers/contract.js'

/** Hashes that user stores hold (spec/02 §6.5), in the order in which they are recognised. */
const userStoreSchemes = [
  'phpass',
  'phpass_drupal',
  'ldap_salted_sha1',
  'ldap_salted_sha256',
  'ldap_salted_sha512',
  'ldap_sha1',
  'md5_crypt',
  'bcrypt',
  'sha512_crypt',
  'sha256_crypt',
  'hex_sha256',
  'des_crypt',
]

/** What resolvers need of the rest of the library. @param directory against which relative file names are resolved */
export function resolverEnv({directory}: {directory: string}): ResolverEnv {
  return {
    directory,
    async connectSql(target) {
      return (await connect(uriOf(target), {workingDirectory: directory})).knex
    },
    async verifyPassword(password, hash) {
      const scheme = identifyScheme(hash, userStoreSchemes)
      return scheme === undefined ? false : verifyHash(scheme, password, hash)
    },
  }
}

function uriOf({driver, host, port, database, user, password, parameters}: SqlTarget): string {
  const query = parameters === '' ? '' : `?${parameters.replace(/^\?/, '')}`
  if (driver.startsWith('sqlite')) return `${driver}:///${database}${query}`
  const credentials = user === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  return `${driver}://${credentials}${host}${port === undefined ? '' : `:${port}`}/${database}${query}`
}
