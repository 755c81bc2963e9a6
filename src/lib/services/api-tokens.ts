import {createJwt} from '../crypto/jwt.js'
import {randomHex} from '../crypto/random.js'
import type {Settings} from '../config/settings.js'
import {PiError} from '../errors.js'

export type ApiRole = 'admin' | 'validate'

interface ApiTokenRequest {
  role: ApiRole
  /** Days until it expires. */
  days: number
  realm: string
  /** Random when left out. */
  username?: string | undefined
}

export interface ApiToken {
  username: string
  realm: string
  role: ApiRole
  days: number
  /** ISO 8601, UTC. */
  expires: string
  token: string
}

/** Beyond this JavaScript and Python know no dates. */
const longestDays = 36_500

/**
 * Issues a key of the API: a web token signed with `SECRET_KEY`, which is stored nowhere and ends with that key
 * (spec/02 §9.1).
 * @throws PiError CONFIG (no SECRET_KEY), USAGE (days)
 */
export async function createApiToken(
  settings: Settings,
  {role, days, realm, username}: ApiTokenRequest,
  now: Date = new Date(),
): Promise<ApiToken> {
  if (!Number.isInteger(days) || days < 1 || days > longestDays) {
    throw new PiError('USAGE', `The days must be a whole number from 1 to ${longestDays}.`)
  }
  const expires = Math.floor(now.getTime() / 1000) + days * 86_400
  const name = username ?? (await randomHex(20))
  const token = createJwt(secretKey(settings), {
    username: name,
    realm,
    nonce: await randomHex(20),
    role,
    authtype: 'API',
    exp: expires,
    rights: 'TODO',
  })
  return {username: name, realm, role, days, expires: new Date(expires * 1000).toISOString(), token}
}

/** `SECRET_KEY`: text or bytes. @throws PiError CONFIG */
function secretKey(settings: Settings): string | Buffer {
  const value = settings.get('SECRET_KEY')
  return Buffer.isBuffer(value) ? value : settings.required('SECRET_KEY')
}
