import type {ImportedToken} from '../../../lib/types/imported-token.js'
import {
  hashlibByLength,
  readCounter,
  readHashlib,
  readOtplen,
  readSeed,
  readTimeStep,
  type SeedEncoding,
} from '../../shared/key-encoding.js'
import {need, RowError} from '../../shared/rows.js'

/** The columns of one row, by name; absent and empty mean the same. */
export interface Columns {
  serial: string
  seed: string
  type: string
  digits?: string
  step?: string
  counter?: string
  hash?: string
  tans?: string
  ocrasuite?: string
  motppin?: string
  phone?: string
  email?: string
  publicid?: string
  privateid?: string
}

export interface TypeOptions {
  seedEncoding?: SeedEncoding | undefined
  hashlib?: string | undefined
  otplen?: number | undefined
  timeStep?: number | undefined
  strictCompat?: boolean | undefined
}

interface TypeRules {
  /** What the columns after serial, seed and type mean in a row without header. */
  positional: readonly (keyof Columns)[]
  read(columns: Columns, options: TypeOptions): Omit<ImportedToken, 'serial' | 'type'>
}

const eventBased = ['digits', 'counter', 'hash'] as const
const timeBased = ['digits', 'step', 'hash'] as const

/** Seed, digits and hash of the types that compute with HMAC. */
function hmac(columns: Columns, options: TypeOptions): {secret: string; otplen: number; hashlib: string} {
  const secret = need(readSeed(columns.seed, options.strictCompat ? 'hex' : options.seedEncoding))
  const hash = options.hashlib ?? columns.hash
  return {
    secret,
    otplen: columns.digits ? need(readOtplen(columns.digits)) : (options.otplen ?? 6),
    hashlib: hash ? need(readHashlib(hash)) : hashlibByLength(secret.length),
  }
}

const counterOf = (columns: Columns) => (columns.counter ? {counter: need(readCounter(columns.counter))} : {})

const hotp: TypeRules = {
  positional: eventBased,
  read: (columns, options) => ({...hmac(columns, options), ...counterOf(columns)}),
}

const totp: TypeRules = {
  positional: timeBased,
  read: (columns, options) => ({
    ...hmac(columns, options),
    timeStep: columns.step ? need(readTimeStep(columns.step)) : (options.timeStep ?? 30),
  }),
}

/** A value that is stored as it stands. */
function text(columns: Columns, what: string): string {
  if (columns.seed === '') throw new RowError(`the ${what} is missing`)
  return columns.seed
}

/** HOTP whose values reach the user in another way. */
function sentTo(way: 'email' | 'phone'): TypeRules {
  return {
    positional: ['digits', 'counter', way],
    read(columns, options) {
      const address = columns[way]
      if (!address) throw new RowError(`the ${way === 'phone' ? 'phone number' : 'e-mail address'} is missing`)
      return {...hmac(columns, options), ...counterOf(columns), info: {[way]: address}}
    },
  }
}

/** How a row of each type is read (spec/04 §2.3, §2.4). */
const rules: Readonly<Record<string, TypeRules>> = {
  hotp,
  daplug: hotp,
  paper: hotp,
  totp,
  daypassword: {
    positional: timeBased,
    read: (columns, options) => ({
      ...hmac(columns, options),
      timeStep: columns.step ? need(readTimeStep(columns.step)) : (options.timeStep ?? 86_400),
    }),
  },
  tan: {
    positional: ['tans'],
    read(columns) {
      const tans = (columns.tans ?? '').split(/\s+/).filter((tan) => tan !== '')
      const [first] = tans
      if (!first) throw new RowError('the TANs are missing')
      return {secret: columns.seed, otplen: first.length, hashlib: hashlibByLength(columns.seed.length), tans}
    },
  },
  ocra: {
    positional: ['ocrasuite'],
    read(columns, options) {
      const suite = columns.ocrasuite ? columns.ocrasuite : 'OCRA-1:HOTP-SHA1-8:QH40'
      // RFC 6287 §6: algorithm, crypto function with 0 or 4 to 10 digits, data input.
      if (!/^OCRA-1:HOTP-SHA(?:1|256|512)-(?:0|[4-9]|10):[\w-]+$/i.test(suite)) {
        throw new RowError('the OCRA suite is not one of RFC 6287')
      }
      return {
        secret: need(readSeed(columns.seed, options.strictCompat ? 'hex' : options.seedEncoding)),
        info: {ocrasuite: options.strictCompat ? 'OCRA-1:HOTP-SHA1-8:QH40' : suite},
      }
    },
  },
  yubikey: {
    positional: ['digits'],
    read(columns) {
      const secret = need(readSeed(columns.seed.replaceAll(' ', ''), 'hex'))
      if (secret.length !== 32) throw new RowError('an AES key of a Yubikey has 32 hex digits')
      const info: Record<string, string> = {}
      if (columns.publicid) info['yubikey.prefix'] = columns.publicid
      if (columns.privateid) info['yubikey.tokenid'] = columns.privateid
      return {secret, otplen: yubikeyLength(columns), info}
    },
  },
  pw: {
    positional: [],
    read(columns) {
      const secret = text(columns, 'password')
      return {secret, otplen: [...secret].length}
    },
  },
  registration: {
    positional: [],
    read(columns) {
      const secret = text(columns, 'registration code')
      return {secret, otplen: [...secret].length}
    },
  },
  indexedsecret: {
    positional: [],
    read(columns) {
      const secret = text(columns, 'secret')
      return {secret}
    },
  },
  spass: {
    positional: [],
    read: (columns) => ({secret: columns.seed}),
  },
  vasco: {
    positional: [],
    read(columns) {
      if (!/^[0-9a-fA-F]{496}$/.test(columns.seed)) throw new RowError('a vasco blob has 496 hex digits')
      return {secret: Buffer.from(columns.seed, 'hex')}
    },
  },
  motp: {
    positional: ['motppin', 'digits'],
    read(columns, options) {
      if (!columns.motppin) throw new RowError('the mOTP PIN is missing')
      return {
        secret: need(readSeed(columns.seed, options.strictCompat ? 'hex' : options.seedEncoding)),
        motpPin: columns.motppin,
        ...(columns.digits && {otplen: need(readOtplen(columns.digits))}),
      }
    },
  },
  sms: sentTo('phone'),
  email: sentTo('email'),
}

/** 32 characters of cipher text behind the public id, whose usual length is 12. */
function yubikeyLength(columns: Columns): number {
  if (!columns.digits) return 32 + (columns.publicid?.length ?? 12)
  const length = Number(columns.digits)
  if (!Number.isInteger(length) || length < 32 || length > 64) {
    throw new RowError('the OTP length of a Yubikey is 32 and the length of its public id')
  }
  return length
}

/** Types that exist but need more than a row can say. */
const notFromRows = new Set([
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

/** Names of the types a row can be of. */
export const rowTypes: readonly string[] = Object.keys(rules)

/** The meaning of the columns after serial, seed and type. */
export function positionalColumns(type: string): readonly (keyof Columns)[] {
  return Object.hasOwn(rules, type) ? (rules[type]?.positional ?? []) : []
}

/** @throws RowError naming what is missing or wrong */
export function readTypedColumns(columns: Columns, options: TypeOptions): Omit<ImportedToken, 'serial' | 'type'> {
  const rule = Object.hasOwn(rules, columns.type) ? rules[columns.type] : undefined
  if (rule) return rule.read(columns, options)
  throw new RowError(
    notFromRows.has(columns.type)
      ? `a token of type ${columns.type} cannot be made from a row`
      : `the token type ${/^[a-z]{1,15}$/.test(columns.type) ? `'${columns.type}' ` : ''}is not known`,
  )
}
