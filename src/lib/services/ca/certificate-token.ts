import {newRandomSerial, newSerial} from '../../crypto/random.js'
import {encryptPin, encryptTokenSecret, encryptValue} from '../../crypto/secret-values.js'
import type {Database, Row} from '../../db/database.js'
import {alreadyExists, PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenImportRepository} from '../../store/token-import.js'
import {TokenRepository} from '../../store/tokens.js'
import {certificate} from '../../tokens/kinds/certificate.js'
import {readDefaults} from '../import-tokens/prepare.js'
import type {ResolvedUser} from '../users.js'

/** A certificate token to be written. */
export interface NewCertificateToken {
  serial: string
  description: string
  /** The PIN is kept readable: it is the passphrase of PKCS#12 files (spec/11 §E4). */
  pin?: string | undefined
  owner?: ResolvedUser | undefined
  /** Of realms without an owner. */
  realms?: readonly string[] | undefined
  /** `pending` while the CA decides. */
  rolloutState?: string | undefined
  /** Details in clear, in this order; empty ones are left out. */
  info: Readonly<Record<string, string | undefined>>
  /** PKCS#8 PEM; kept encrypted. */
  privateKey?: string | undefined
}

/**
 * A serial that no token has: the one given, or a new one (spec/02 §8.2).
 * @param options.random as `PI_TOKEN_SERIAL_RANDOM` has it
 * @throws PiError ALREADY_EXISTS, INVALID_INPUT
 */
export async function freeSerial(
  db: Database,
  given: string | undefined,
  {random}: {random: boolean},
): Promise<string> {
  const tokens = new TokenRepository(db)
  if (given !== undefined) {
    if (!/^[0-9a-zA-Z\-_]{1,40}$/.test(given)) {
      throw new PiError('INVALID_INPUT', `'${given}' cannot be the serial of a token.`)
    }
    if (await tokens.find(given)) throw alreadyExists('token', given, 'Take another --serial')
    return given
  }
  const [row] = await db.k<Row>('token').where({tokentype: certificate.type}).count({number: '*'})
  const length = Number((await db.k<Row>('config').where({Key: 'SerialLength'}).first('Value'))?.['Value'] ?? 8)
  const prefix = certificate.serialPrefix
  for (let taken = 0; ; taken++) {
    const count = Number(row?.['number'] ?? 0) + taken
    const serial = random ? await newRandomSerial({prefix, length}) : await newSerial({prefix, count, length})
    if (!(await tokens.find(serial))) return serial
  }
}

/** Writes a certificate token with everything that belongs to it, as the original does. */
export async function insertCertificateToken(
  db: Database,
  security: SecurityModule,
  token: NewCertificateToken,
  now: Date,
): Promise<void> {
  const secret = await encryptTokenSecret(security, '')
  const privateKey = token.privateKey === undefined ? undefined : await encryptValue(security, token.privateKey)
  const pinHash = token.pin ? await encryptPin(security, token.pin) : ''
  await db.transaction(async (tx) => {
    const rows = await tx
      .k<Row>('config')
      .whereIn('Key', ['DefaultOtpLen', 'DefaultCountWindow', 'DefaultMaxFailCount', 'DefaultSyncWindow'])
    const defaults = readDefaults(new Map(rows.map((row) => [String(row['Key']), String(row['Value'])])))
    const info = new Map([['tokenkind', 'software']])
    for (const [key, value] of Object.entries(token.info)) if (value !== undefined) info.set(key, value)
    // since 3.11 these dates are kept; told by a table that came with them
    if (tx.schema.hasTable('tokencredentialidhash')) {
      const date = `${now.toISOString().slice(0, 19)}+00:00`
      info.set('creation_date', date)
      if (token.owner) info.set('assignment_date', date)
    }
    const realms = await new TokenGroupingRepository(tx).realmIds([
      ...(token.owner ? [token.owner.realm] : []),
      ...(token.realms ?? []),
    ])
    const unknown = token.realms?.find((realm) => !realms.has(realm.toLowerCase()))
    if (unknown !== undefined) throw new PiError('NOT_FOUND', `There is no realm '${unknown}'.`)
    const {owner} = token
    await new TokenImportRepository(tx).insert([
      {
        token: {
          serial: token.serial,
          tokentype: certificate.type,
          description: [...token.description].slice(0, 80).join(''),
          key_enc: secret.ciphertext,
          key_iv: secret.iv,
          pin_hash: pinHash,
          otplen: defaults.otplen,
          count: 0,
          count_window: defaults.countWindow,
          sync_window: defaults.syncWindow,
          maxfail: defaults.maxfail,
          active: true,
          rollout_state: token.rolloutState ?? tx.schema.finishedRolloutState,
        },
        info,
        typedInfo: privateKey === undefined ? [] : [{key: 'privatekey', value: privateKey, type: 'password'}],
        owners: owner
          ? [{userId: owner.userId, resolver: owner.resolver, realmId: realms.get(owner.realm.toLowerCase()) ?? null}]
          : [],
        realmIds: [...new Set(realms.values())],
        groupIds: [],
      },
    ])
  })
}
