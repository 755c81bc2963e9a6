import {readFileSync} from 'node:fs'
import {PasswordContext} from '../../src/lib/crypto/password-hash.js'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {TestDatabases} from './database.js'
import {fixture} from './folders.js'
import {fixtureInstance, type FixtureSet, type Instance} from './instance.js'
import {loadSqliteInto} from './load-sqlite.js'

/** A recorded installation on the database that a suite runs on. */
export interface Installation extends Instance {
  /** Of its database, as in its configuration file. */
  readonly uri: string
}

/** Copies a recorded installation and puts its rows into a new database of the suite's kind. */
export async function installation(open: TestDatabases, set: FixtureSet): Promise<Installation> {
  const instance = await fixtureInstance(set)
  const empty = await open.emptyUri()
  if (empty.startsWith('sqlite')) return {...instance, uri: `sqlite:///${instance.database}`}
  await loadSqliteInto(empty, instance.database)
  instance.configure((text) =>
    text.replace(/^(SQLALCHEMY_DATABASE_URI = ).*$/m, (_all, key: string) => `${key}'${empty}'`),
  )
  return {...instance, uri: empty}
}

/** A token of expect.json of an installation. */
export interface ExpectedToken {
  type: string
  description: string | null
  otpkey: string
  pin?: string
  otplen: number
  count: number
  count_window: number
  sync_window: number
  maxfail: number
  failcount: number
  active: boolean
  revoked: boolean
  locked: boolean
  rollout_state: string | null
  realms: string[]
  owners: {user_id: string; resolver: string; realm: string; login: string | null}[]
  tokeninfo: Record<string, {value: string; type: string | null}>
  next_otps?: {counter: number; otp: string}[]
  otps_at?: {time: number; otp: string; counter: number}[]
  facts?: Record<string, unknown>
}

export interface Expected {
  about: {product: string; version: string; schema_revision: string; made_at_epoch?: number}
  admins: {username: string; password: string}[]
  tokens: Record<string, ExpectedToken>
}

/** The facts about a recorded installation. */
export function expected(set: 'privacyidea-3.8' | 'privacyidea-3.14dev'): Expected {
  return JSON.parse(readFileSync(fixture('interop', set, 'expect.json'), 'utf8')) as Expected
}

/**
 * Hashes the PINs of tokens anew with small costs: what the recorded costs (0.8 s of a processor each) would prove a
 * second time is proved once elsewhere.
 */
export async function cheapenPins(uri: string, tokens: Record<string, ExpectedToken>): Promise<void> {
  const cheap = new PasswordContext(['argon2'], {argon2__rounds: 1, argon2__memory_cost: 64, argon2__parallelism: 1})
  const database = await openDatabase(uri)
  try {
    for (const [serial, {pin}] of Object.entries(tokens)) {
      if (pin === undefined) continue
      const stored = database.k('token').where({serial}).where('pin_hash', 'like', '$argon2%')
      await stored.update({pin_hash: await cheap.hash(pin)})
    }
  } finally {
    await database.close()
  }
}
