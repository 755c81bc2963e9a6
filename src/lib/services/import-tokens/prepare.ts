import {createHash, randomBytes} from 'node:crypto'
import type {SplitSecret} from '../../crypto/secret-values.js'
import type {Schema} from '../../db/database.js'
import type {ImportedToken} from '../../types/imported-token.js'
import type {ImportOwner} from './types.js'

/** What the installation gives a token whose file says nothing (spec/01 §9). */
export interface TokenDefaults {
  otplen: number
  countWindow: number
  maxfail: number
  syncWindow: number
  /** Seconds. */
  timeWindow: number
}

export function readDefaults(config: ReadonlyMap<string, string>): TokenDefaults {
  const integer = (key: string, fallback: number) => {
    const text = config.get(key)?.trim()
    return text && /^\d{1,9}$/.test(text) ? Number(text) : fallback
  }
  return {
    otplen: integer('DefaultOtpLen', 6),
    countWindow: integer('DefaultCountWindow', 10),
    maxfail: integer('DefaultMaxFailCount', 10),
    syncWindow: integer('DefaultSyncWindow', 1000),
    timeWindow: integer('totp.timeWindow', 180),
  }
}

/** A token of a file, ready to be written but for its place in the database. */
export interface PreparedToken {
  token: ImportedToken
  /** As stored before encryption. */
  secret: Uint8Array
  encrypted: SplitSecret
  motpPin: SplitSecret | undefined
  soPin: SplitSecret | undefined
  pinHash: string | undefined
  otplen: number
  /** Details that a new token gets. */
  info: ReadonlyMap<string, string>
  /** Details that are stored encrypted, ready to be written. */
  typedInfo: readonly {key: string; value: string; type: string; description?: string}[]
  owner: (ImportOwner & {realmId: number}) | undefined
  /** Owners and token groups of a token that is restored as it was. */
  exactOwners: readonly {userId: string; resolver: string; realmId: number | null}[]
  groupIds: readonly number[]
  /** By lower-case name: those of the row and of the command, and that of the owner. */
  realms: ReadonlyMap<string, number>
}

/** Types of 3.8, and what later releases added, told by a table that came with them. */
const typesSince: readonly (readonly [table: string | undefined, types: readonly string[]])[] = [
  [
    undefined,
    [
      'daplug',
      'email',
      'hotp',
      'indexedsecret',
      'motp',
      'ocra',
      'paper',
      'pw',
      'registration',
      'sms',
      'spass',
      'tan',
      'totp',
      'vasco',
      'yubikey',
    ],
  ],
  ['serviceid', ['applspec', 'daypassword']],
]

/** Types of which only an export of the whole token says enough. */
const wholeTypes = new Set([
  '4eyes',
  'certificate',
  'passkey',
  'push',
  'question',
  'radius',
  'remote',
  'sshkey',
  'tiqr',
  'u2f',
  'webauthn',
  'yubico',
])

/** Why this installation cannot hold a token of a type; `undefined` when it can. */
export function typeProblem({type, state}: ImportedToken, schema: Schema): string | undefined {
  if (state && wholeTypes.has(type)) {
    const known = type !== 'passkey' || schema.hasTable('tokencredentialidhash')
    return known ? undefined : `the type ${type} does not exist in this release`
  }
  for (const [table, types] of typesSince) {
    if (!types.includes(type)) continue
    return table === undefined || schema.hasTable(table) ? undefined : `the type ${type} does not exist in this release`
  }
  return 'the token type is not known'
}

/** Types of the HOTP family, which name their hash in tokeninfo (spec/06 §1, §11). */
const withHashlib = new Set(['daplug', 'daypassword', 'email', 'hotp', 'paper', 'sms', 'tan', 'totp'])

/** The tokeninfo of a new token (spec/04 §1.2, spec/06). */
export function newTokenInfo(token: ImportedToken, defaults: TokenDefaults): Map<string, string> {
  if (token.state?.exact) return new Map(Object.entries(token.info ?? {}))
  const info = new Map<string, string>([['tokenkind', token.tokenkind ?? 'hardware']])
  if (withHashlib.has(token.type)) info.set('hashlib', token.hashlib ?? 'sha1')
  if (token.type === 'totp') {
    info.set('timeStep', String(token.timeStep ?? 30))
    info.set('timeWindow', String(defaults.timeWindow))
    info.set('timeShift', token.timeShift ? String(token.timeShift) : '0.0')
  }
  if (token.type === 'daypassword') info.set('timeStep', String(token.timeStep ?? 86_400))
  for (const [index, tan] of (token.tans ?? []).entries()) info.set(`tan.tan${String(index)}`, hashTan(tan))
  for (const [key, value] of Object.entries(token.info ?? {})) info.set(key, value)
  return info
}

/** A TAN as `tan` tokens keep it: `salt:hash`, SHA-256 over the TAN and the hex text of the salt (spec/06 §1.6). */
function hashTan(tan: string): string {
  const salt = randomBytes(4).toString('hex')
  return `${salt}:${createHash('sha256').update(tan).update(salt).digest('hex')}`
}

/** The secret as bytes; types without one have the empty text. */
export function secretBytes(token: ImportedToken): Uint8Array {
  return typeof token.secret === 'string' ? Buffer.from(token.secret, 'utf8') : (token.secret ?? Buffer.alloc(0))
}

/** Types whose secret is a text of its own, not hex digits. */
const withText = new Set(['applspec', 'indexedsecret', 'pw', 'question', 'registration', 'sshkey'])

/** The secret as reports show it, in hex: the stored digits, or those of a password's bytes. */
export function shownSecret(token: ImportedToken): string {
  if (typeof token.secret === 'string' && !withText.has(token.type)) return token.secret
  return Buffer.from(secretBytes(token)).toString('hex')
}
