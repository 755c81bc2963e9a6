import {decodeUtf8, encodeHex} from '../../crypto/encodings.js'
import {decryptTokenSecret, decryptValue} from '../../crypto/secret-values.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import type {UserService} from '../users.js'
import type {TokenRecord} from './record.js'

/** A token as JSON; scripts rely on the names. */
export interface TokenDocument {
  serial: string
  tokentype: string
  description: string
  active: boolean
  revoked: boolean
  locked: boolean
  count: number
  failcount: number
  maxfail: number
  otplen: number
  countWindow: number
  syncWindow: number
  rolloutState: string
  realms: readonly string[]
  owners: {userId: string; resolver: string; realm: string | null; username?: string}[]
  tokengroups: readonly string[]
  /** Serial of the container, since 3.10. */
  container?: string
  info: Record<string, string>
  /** The secret as the token stores it: hex digits of a seed, or the password itself; hex where it is no text. */
  secret?: string
}

export interface DocumentOptions {
  /** Adds secrets: that of the token, and the values of encrypted details. */
  security?: SecurityModule | undefined
  /** Adds the logins of the owners, as far as their user stores answer. */
  users?: UserService | undefined
}

/** What an encrypted value is shown as, as the originals do. */
export const censored = '__CENSORED__'

/**
 * Describes a token.
 * @throws PiError INTEGRITY (a secret that the key does not open), UNAVAILABLE
 */
export async function tokenDocument(
  record: TokenRecord,
  {security, users}: DocumentOptions = {},
): Promise<TokenDocument> {
  const {token} = record
  const owners: TokenDocument['owners'] = []
  for (const {userId, resolver, realm} of record.owners) {
    const found = users && (await users.getUser(userId, resolver))
    owners.push({
      userId,
      resolver,
      realm: realm ?? null,
      ...(found?.state === 'found' && {username: found.login}),
    })
  }
  const info: Record<string, string> = {}
  for (const {key, type, value} of record.info) {
    if (type !== 'password') info[key] = value
    else info[key] = security ? await within(token.serial, () => decryptValue(security, value)) : censored
  }
  const container = record.container?.['serial']
  return {
    serial: token.serial,
    tokentype: token.tokentype,
    description: token.description,
    active: token.active,
    revoked: token.revoked,
    locked: token.locked,
    count: token.count,
    failcount: token.failcount,
    maxfail: token.maxfail,
    otplen: token.otplen,
    countWindow: token.countWindow,
    syncWindow: token.syncWindow,
    rolloutState: token.rolloutState,
    realms: record.realms,
    owners,
    tokengroups: record.groups,
    ...(container !== undefined && container !== null && {container: String(container)}),
    info,
    ...(security && {secret: await within(token.serial, () => secretText(record, security))}),
  }
}

async function secretText({token}: TokenRecord, security: SecurityModule): Promise<string> {
  const secret = await decryptTokenSecret(security, {ciphertext: token.keyEnc, iv: token.keyIv})
  // The blob of a VASCO token is bytes that may happen to be a text.
  return token.tokentype === 'vasco' ? encodeHex(secret) : (decodeUtf8(secret) ?? encodeHex(secret))
}

/** Says whose value it was that could not be decrypted. */
async function within<R>(serial: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
    throw new PiError('INTEGRITY', `${serial}: ${error.message}`, {
      hints: ['Check the key with pi-manage enckey verify'],
      cause: error,
    })
  }
}
