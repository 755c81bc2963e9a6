import {PiError} from '../errors.js'
import {createHash, verifyHash, type HashEnvironment} from './password-hash.js'
import type {HashPool} from './password-hash/hash-pool.js'
import {identifyScheme} from './password-hash/registry.js'

/** What a SQL resolver's password column may hold, in the order of identification (spec/02 §6.5). */
const userSchemes = [
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
] as const

/** What crypt(3) of the system knows, for passwd files (spec/02 §6.5). */
const cryptSchemes = ['sha512_crypt', 'sha256_crypt', 'bcrypt', 'yescrypt', 'md5_crypt', 'des_crypt'] as const

/**
 * Checks a password against the password column of a SQL resolver. A `1|` in front (ownCloud) is dropped, `{scheme}` may
 * be lower case. Hashes of no known kind are false.
 * @throws PiError UNAVAILABLE
 */
export async function verifyUserPassword(password: string, stored: string, pool?: HashPool): Promise<boolean> {
  const hash = stored.replace(/^1\|/, '').replace(/^\{[a-z0-9]+\}/, (mark) => mark.toUpperCase())
  const scheme = identifyScheme(hash, userSchemes)
  return scheme !== undefined && verifyHash(scheme, password, hash, pool)
}

/**
 * Checks a password against a password field of a passwd file: crypt(3). An empty field is false.
 * @throws PiError REFUSED (the password is in a shadow file), UNAVAILABLE
 */
export async function verifyPasswdField(password: string, field: string, pool?: HashPool): Promise<boolean> {
  if (field === 'x' || field === '*') {
    throw new PiError('REFUSED', 'The passwd file refers to a shadow file, which is not supported.')
  }
  const scheme = identifyScheme(field, cryptSchemes)
  return scheme !== undefined && verifyHash(scheme, password, field, pool)
}

/** `Password_Hash_Type` of a SQL resolver: scheme and its parameters (spec/02 §6.5). */
const writtenTypes: Readonly<Record<string, readonly [scheme: string, parameters: Record<string, number>]>> = {
  MD5CRYPT: ['md5_crypt', {}],
  OTRS: ['hex_sha256', {}],
  PHPASS: ['phpass', {rounds: 19}],
  SHA: ['ldap_sha1', {}],
  SHA256CRYPT: ['sha256_crypt', {}],
  SHA512CRYPT: ['sha512_crypt', {}],
  SSHA: ['ldap_salted_sha1', {}],
  SSHA256: ['ldap_salted_sha256', {}],
  SSHA512: ['ldap_salted_sha512', {}],
}

/**
 * A hash for the password column of a SQL resolver.
 * @param type `Password_Hash_Type`, of either case
 * @throws PiError CONFIG (unsupported type), INVALID_INPUT (password that the scheme cannot take), UNAVAILABLE
 */
export async function hashUserPassword(
  password: string,
  type = 'SSHA256',
  environment: HashEnvironment = {},
): Promise<string> {
  const [scheme, parameters] = writtenTypes[type.toUpperCase()] ?? []
  if (!scheme) {
    throw new PiError('CONFIG', `Unsupported password hashtype '${type}'.`, {
      hints: [`Supported: ${Object.keys(writtenTypes).join(', ')}`],
    })
  }
  return createHash(scheme, password, parameters, environment)
}
