import {createHash} from '../../crypto/password-hash.js'
import {PiError} from '../../errors.js'

export type LineFormat = 'passwd' | 'sql' | 'ssha'

export interface NewLine {
  format: LineFormat
  login: string
  userId: string
  description: string
  password: string
  /** Hash with DES, as the original did for SQL; it sees eight characters only. */
  des: boolean
}

/**
 * A user as a line (spec/03-cli.md §C): `login:crypt:uid:uid:description::` for a passwd file, `|login|hash|salt|` for an
 * SQL table, `{SSHA}…` with eight bytes of salt for LDAP.
 * @throws PiError INVALID_INPUT for texts that the form cannot hold, CONFIG, UNAVAILABLE
 */
export async function userLine({des, description, format, login, password, userId}: NewLine): Promise<string> {
  if (format === 'ssha') return createHash('ldap_salted_sha1', password, {salt_size: 8})
  const forbidden = format === 'passwd' ? /[:\n\r]/ : /[|\n\r]/
  for (const [what, text] of Object.entries({login, id: userId, description})) {
    if (forbidden.test(text)) throw new PiError('INVALID_INPUT', `The ${what} holds a character that the line cannot.`)
  }
  if (login === '') throw new PiError('INVALID_INPUT', 'The login is empty.')
  if (format === 'passwd') {
    const hash = await createHash(des ? 'des_crypt' : 'sha512_crypt', password)
    return `${login}:${hash}:${userId}:${userId}:${description}::`
  }
  const hash = await createHash(des ? 'des_crypt' : 'ldap_salted_sha256', password)
  return `|${login}|${hash}|${des ? hash.slice(0, 2) : ''}|`
}
