import {createHash} from 'node:crypto'
import {decodeBase32} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {ReadOptions} from '../contract.js'
import {readCounter, readHashlib, readOtplen, readTimeStep} from './key-encoding.js'
import {need, RowError} from './rows.js'

/** An account of an authenticator app, as the app says it; every number may be a text. */
export interface Account {
  /** `totp`, `hotp`, or a kind that only the app knows. */
  type: string
  secret: Uint8Array
  issuer?: string | undefined
  /** Name of the account at the issuer, often a login or a mail address. */
  account?: string | undefined
  algorithm?: string | undefined
  digits?: number | string | undefined
  /** Seconds. */
  period?: number | string | undefined
  counter?: number | string | undefined
}

const prefixes: Readonly<Record<string, string>> = {hotp: 'OATH', totp: 'TOTP'}

/**
 * A token of an authenticator app (spec/04 §12): software, described by issuer and account, with where it came from.
 * Apps give no serials; by default one is derived from the content, so that the same account gets the same serial again.
 * @throws RowError
 */
export function softwareToken(account: Account, format: string, options: ReadOptions): ImportedToken {
  const type = (options.type ?? account.type).toLowerCase()
  const prefix = prefixes[type]
  if (!prefix) throw new RowError(`accounts of type ${/^[a-z]{1,15}$/.test(type) ? type : 'unknown'} are not supported`)
  if (account.secret.length === 0) throw new RowError('the secret is missing')
  const hash = options.hashlib ?? account.algorithm
  const token: ImportedToken = {
    serial: serialOf(account, prefix, options),
    type,
    secret: Buffer.from(account.secret).toString('hex'),
    otplen: given(account.digits) ? need(readOtplen(String(account.digits))) : (options.otplen ?? 6),
    hashlib: hash ? need(readHashlib(hash)) : 'sha1',
    tokenkind: 'software',
    info: {import_source: format},
  }
  const description = describe(account)
  if (description !== '') token.description = description
  if (type === 'totp') {
    token.timeStep = given(account.period) ? need(readTimeStep(String(account.period))) : (options.timeStep ?? 30)
  } else if (given(account.counter)) {
    token.counter = need(readCounter(String(account.counter)))
  }
  return token
}

/** The bytes of a base32 secret as apps write it: any case, blanks and hyphens between, padding optional. @throws RowError */
export function base32Secret(text: string | undefined): Buffer {
  const bytes = decodeBase32((text ?? '').replace(/[\s-]/g, '').replace(/=+$/, ''))
  if (!bytes || bytes.length === 0) throw new RowError(text ? 'the secret is not base32' : 'the secret is missing')
  return bytes
}

function given(value: number | string | undefined): value is number | string {
  return value !== undefined && value !== ''
}

/** `issuer (account)`. */
function describe({issuer, account}: Account): string {
  if (!issuer) return account ?? ''
  return account ? `${issuer} (${account})` : issuer
}

function serialOf(account: Account, prefix: string, options: ReadOptions): string {
  const {issuer = '', account: name = ''} = account
  const digest = createHash('sha256')
    .update(JSON.stringify([account.type.toLowerCase(), issuer, name]))
    .update(account.secret)
    .digest('hex')
    .toUpperCase()
  const from = {issuer, account: name}[options.serialFrom as 'account' | 'issuer']
  const readable = from?.replace(/[^0-9A-Za-z_-]+/g, '-').replace(/^-+|-+$/g, '')
  return readable ? `${prefix}-${readable.slice(0, 22)}-${digest.slice(0, 6)}` : `${prefix}${digest.slice(0, 12)}`
}
