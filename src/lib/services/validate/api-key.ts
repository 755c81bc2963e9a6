import {verifyJwt, type JwtSecret} from '../../crypto/jwt.js'
import {PiError} from '../../errors.js'
import {policyError} from '../authenticate/errors.js'
import type {Call} from './call.js'

/**
 * A policy may ask for an API key (spec/07 §8.2.2): a JSON web token of the installation with the role `validate`.
 * @throws RequestError 403
 */
export async function requireApiKey(call: Call, secretKey: JwtSecret | undefined): Promise<void> {
  const {names} = await call.policies.ask('authorization', 'api_key_required', {user: call.user})
  if (names.length === 0) return
  call.audit.note(names)
  const {headers, now} = call.request
  const token = headers['pi-authorization'] ?? headers['authorization']
  const claims = token && secretKey !== undefined ? await claimsOf(token, secretKey, now) : undefined
  if (!claims) throw policyError('No valid API key was passed.')
  if (claims['role'] !== 'validate') throw policyError('A correct JWT was passed, but it was no API key.')
}

async function claimsOf(
  token: string,
  secretKey: JwtSecret,
  now: number,
): Promise<Record<string, unknown> | undefined> {
  try {
    return await verifyJwt(token, secretKey, new Date(now))
  } catch (error) {
    if (error instanceof PiError && error.code === 'REFUSED') return undefined
    throw error
  }
}
