import {verifyAnyJwt, type TrustedIssuer} from '../../crypto/jwt.js'
import {PiError} from '../../errors.js'
import {authError, policyError} from '../authenticate/errors.js'
import {exists, isNobody} from '../authenticate/login-user.js'
import type {About} from '../authenticate/policies.js'
import {CheckTokenRepository} from '../../store/check-tokens.js'
import type {ApiServices} from './api.js'
import type {Call} from './call.js'

/** Who acts, as the JSON web token of the request says. */
export interface Actor {
  name: string
  /** Empty for local administrators. */
  realm: string
  role: string
}

/**
 * The bearer of the JSON web token (spec/08 §9.3).
 * @throws RequestError 4033 (none), 4304 (damaged, forged), 4305 (expired), 4306 (another role)
 */
export async function requireActor(
  call: Call,
  {secretKey, issuers}: ApiServices,
  roles: readonly string[],
): Promise<Actor> {
  const {headers, now} = call.request
  const token = headers['pi-authorization'] ?? headers['authorization']
  if (!token) throw authError(4033, 'Authentication failure. Missing Authorization header.')
  const claims = await claimsOf(token, secretKey, issuers, now)
  const role = String(claims['role'] ?? '')
  if (!roles.includes(role)) {
    const list = `['${roles.join("', '")}']`
    throw authError(
      4306,
      `Authentication failure. You do not have the necessary role (${list}) to access this resource!`,
    )
  }
  return {name: String(claims['username'] ?? ''), realm: String(claims['realm'] ?? ''), role}
}

async function claimsOf(
  token: string,
  secretKey: ApiServices['secretKey'],
  issuers: readonly TrustedIssuer[],
  now: number,
): Promise<Record<string, unknown>> {
  try {
    if (secretKey === undefined) throw new PiError('REFUSED', 'No key')
    return await verifyAnyJwt(token, secretKey, issuers, {now: new Date(now)})
  } catch (error) {
    if (!(error instanceof PiError) || error.code !== 'REFUSED') throw error
    const reason = (error.cause as {code?: string} | undefined)?.code
    if (reason === 'ERR_JWT_EXPIRED') {
      throw authError(4305, 'Authentication failure. Your token has expired: Signature has expired')
    }
    const text = reason === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' ? 'Signature verification failed' : 'Invalid token'
    throw authError(4304, `Authentication failure. Error during decoding your token: ${text}`)
  }
}

/**
 * What an administrator may do to the user or token of the request; without any policy for administrators everything.
 * The realm is that of the user or of the token, not the one that the request names.
 * @throws RequestError 403
 */
export async function requireRight(call: Call, {name, realm}: Actor, action: string): Promise<void> {
  const {policies} = call
  const {names} = await policies.ask('admin', action, {...(await subjectOf(call)), admin: {name, realm}})
  call.audit.note(names)
  if (names.length === 0 && policies.hasScope('admin')) {
    throw policyError(`Admin actions are defined, but the action ${action} is not allowed!`)
  }
}

async function subjectOf(call: Call): Promise<Pick<About, 'user' | 'realm'>> {
  const {user, services, config} = call
  if (exists(user) || !isNobody(user)) return {user}
  const tokens = new CheckTokenRepository(services.db)
  const token = call.serial === undefined ? undefined : await tokens.bySerial(call.serial)
  if (!token) return {}
  const {owner} = token
  if (owner) {
    const found = await services.users.getUser(owner.userId, owner.resolver)
    const realm = owner.realmId === undefined ? '' : (config.realmName(owner.realmId) ?? '')
    const login = found.state === 'found' ? found.login : ''
    return {user: {login, realm, resolver: owner.resolver, userId: owner.userId}}
  }
  const [realm] = await tokens.realmsOf(token.id)
  return realm === undefined ? {} : {realm}
}
