import {createHmac, createPublicKey, type KeyObject} from 'node:crypto'
import type {JWTPayload} from 'jose'
import {PiError} from '../errors.js'
import {PythonRegex} from '../python/regex.js'
import {pythonJson, type JsonValue} from './python-json.js'

/** What the originals put into a token (spec/02 §9.1). */
interface JwtClaims {
  username: string
  /** Empty for local administrators. */
  realm: string
  nonce: string
  role: string
  authtype: string
  /** Unix seconds. */
  exp: number
  rights: string | readonly string[]
}

/** `SECRET_KEY` as the key of HMAC: text is UTF-8. */
export type JwtSecret = string | Uint8Array

/** A JSON web token signed with HS256, its claims in the order given. */
export function createJwt(secret: JwtSecret, claims: Readonly<Record<string, JsonValue>> | JwtClaims): string {
  const head = encode('{"alg":"HS256","typ":"JWT"}')
  const signed = `${head}.${encode(pythonJson({...claims}, {compact: true}))}`
  return `${signed}.${createHmac('sha256', keyOf(secret)).update(signed).digest('base64url')}`
}

/**
 * The claims of a token of our own: HS256 only, `exp` enforced to the second where there is one.
 * @throws PiError REFUSED (forged, damaged, expired)
 */
export async function verifyJwt(token: string, secret: JwtSecret, now: Date = new Date()): Promise<JWTPayload> {
  return verifyWith(token, keyOf(secret), 'HS256', now)
}

/** An entry of `PI_TRUSTED_JWT`: who else may issue tokens, and for whom (spec/02 §9.3). */
export interface TrustedIssuer {
  /** PEM. */
  publicKey: string
  algorithm: string
  role: string | undefined
  realm: string | undefined
  resolver: string | undefined
  /** Python regular expression that the whole user name must match. */
  username: string
}

const trustedAlgorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

/** Reads `PI_TRUSTED_JWT`. @throws PiError CONFIG (no list of dictionaries with key, algorithm and user name) */
export function readTrustedIssuers(value: unknown): TrustedIssuer[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw badEntry()
  return value.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) throw badEntry()
    const fields = entry as Record<string, unknown>
    const text = (name: string) => {
      const field = fields[name]
      if (field === undefined || field === null) return undefined
      if (typeof field !== 'string') throw badEntry()
      return field
    }
    const [publicKey, algorithm, username] = [text('public_key'), text('algorithm'), text('username')]
    if (publicKey === undefined || algorithm === undefined || username === undefined) throw badEntry()
    return {algorithm, publicKey, realm: text('realm'), resolver: text('resolver'), role: text('role'), username}
  })
}

/**
 * The claims of a token of our own or of a trusted issuer, the first whose key, role, realm, resolver and user name fit.
 * @param options.warn gets what is wrong with an entry that is skipped
 * @throws PiError REFUSED (nobody's, forged, expired, or for a user whom the issuer may not name)
 */
export async function verifyAnyJwt(
  token: string,
  secret: JwtSecret,
  issuers: readonly TrustedIssuer[],
  {now = new Date(), warn = () => {}}: {now?: Date; warn?: (message: string) => void} = {},
): Promise<JWTPayload> {
  const algorithm = await algorithmOf(token)
  if (algorithm === undefined || !trustedAlgorithms.includes(algorithm)) return verifyJwt(token, secret, now)
  let impersonation = false
  for (const issuer of issuers) {
    if (!trustedAlgorithms.includes(issuer.algorithm)) {
      warn(`PI_TRUSTED_JWT: the algorithm '${issuer.algorithm}' is not supported; the entry is skipped.`)
      continue
    }
    const key = publicKeyOf(issuer, warn)
    const claims = key && issuer.algorithm === algorithm ? await tryWith(token, key, algorithm, now) : undefined
    if (!claims || !fits(issuer, claims)) continue
    const {username} = claims
    if (typeof username === 'string' && new PythonRegex(`\\A(?:${issuer.username})\\Z`).search(username)) return claims
    impersonation = true
  }
  throw impersonation
    ? refused('The issuer of the authentication token is not allowed to impersonate this user.')
    : refused('The authentication token was issued by nobody who is trusted.')
}

/** Undefined when the key does not fit. @throws PiError REFUSED when it does, and the token has expired */
async function tryWith(token: string, key: KeyObject, algorithm: string, now: Date): Promise<JWTPayload | undefined> {
  try {
    return await verifyWith(token, key, algorithm, now)
  } catch (error) {
    if (error instanceof PiError && error.message === expiredText) throw error
    return undefined
  }
}

function fits(issuer: TrustedIssuer, claims: JWTPayload): boolean {
  return (['role', 'realm', 'resolver'] as const).every((name) => (claims[name] ?? undefined) === issuer[name])
}

function publicKeyOf(issuer: TrustedIssuer, warn: (message: string) => void): KeyObject | undefined {
  try {
    return createPublicKey(issuer.publicKey)
  } catch {
    warn('PI_TRUSTED_JWT: a public key cannot be read; the entry is skipped.')
    return undefined
  }
}

const expiredText = 'The authentication token has expired.'

async function verifyWith(
  token: string,
  key: KeyObject | Uint8Array,
  algorithm: string,
  now: Date,
): Promise<JWTPayload> {
  const {errors, jwtVerify} = await import('jose')
  try {
    return (await jwtVerify(token, key, {algorithms: [algorithm], currentDate: now})).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new PiError('REFUSED', expiredText, {cause: error})
    throw new PiError('REFUSED', 'The authentication token is not valid.', {cause: error})
  }
}

async function algorithmOf(token: string): Promise<string | undefined> {
  const {decodeProtectedHeader} = await import('jose')
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    return undefined
  }
}

function keyOf(secret: JwtSecret): Uint8Array {
  const key = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret
  if (key.length === 0) throw new PiError('CONFIG', 'The SECRET_KEY of the configuration is empty.')
  return key
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

function refused(message: string): PiError {
  return new PiError('REFUSED', message)
}

function badEntry(): PiError {
  return new PiError(
    'CONFIG',
    'PI_TRUSTED_JWT must be a list of dictionaries with the texts public_key, algorithm, username, role, realm, resolver.',
  )
}
