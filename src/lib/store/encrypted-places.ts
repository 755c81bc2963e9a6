import type {Schema} from '../db/database.js'
import type {KeySlot} from '../security-module.js'

/**
 * How a value stands in the database (spec/02 §5.1): `split` – ciphertext and IV in two columns; `pair` – `iv:ct`;
 * `pin` – `@@iv:ct`.
 */
export type EncryptedForm = 'split' | 'pair' | 'pin'

/** Which rows hold an encrypted value there: those with this value in another column, or a value of this look. */
export type EncryptedWhen =
  | {readonly column: string; readonly is: 'password' | true}
  | {readonly starts: '@@'}
  /** What does not look encrypted is meant to be clear text. */
  | {readonly looksEncrypted: true}

/** A column that holds, or may hold, encrypted values. */
export interface EncryptedPlace {
  readonly table: string
  /** Primary key. */
  readonly key: string
  readonly column: string
  /** Column of the IV, for `split`. */
  readonly ivColumn?: string
  readonly slot: KeySlot
  readonly form: EncryptedForm
  /** Absent: every row. An empty value is never an encrypted one. */
  readonly when?: EncryptedWhen
  /** Rows whose plaintext is bytes; everywhere else it is UTF-8 text. */
  readonly binaryWhen?: {readonly column: string; readonly is: string}
}

const token = {table: 'token', key: 'id', slot: 'token'} as const
const typed = {column: 'Value', slot: 'config', form: 'pair', when: {column: 'Type', is: 'password'}} as const

/** Every column of every known release that holds encrypted values (spec/02 §7). To add one, add a line. */
const places: readonly EncryptedPlace[] = [
  {
    ...token,
    column: 'key_enc',
    ivColumn: 'key_iv',
    form: 'split',
    // The blob of the vendor's library.
    binaryWhen: {column: 'tokentype', is: 'vasco'},
  },
  {...token, column: 'user_pin', ivColumn: 'user_pin_iv', form: 'split'},
  {...token, column: 'so_pin', ivColumn: 'so_pin_iv', form: 'split'},
  {...token, column: 'pin_hash', form: 'pin', when: {starts: '@@'}},
  {...typed, table: 'tokeninfo', key: 'id'},
  {...typed, table: 'config', key: 'Key'},
  {...typed, table: 'resolverconfig', key: 'id'},
  {...typed, table: 'caconnectorconfig', key: 'id'},
  {...typed, table: 'machineresolverconfig', key: 'id'},
  {
    ...typed,
    table: 'tokencontainerinfo',
    key: 'id',
    column: 'value',
    when: {column: 'type', is: 'password'},
  },
  {table: 'radiusserver', key: 'id', column: 'secret', slot: 'config', form: 'pair'},
  {table: 'smtpserver', key: 'id', column: 'password', slot: 'config', form: 'pair'},
  {
    table: 'smtpserver',
    key: 'id',
    column: 'private_key_password',
    slot: 'config',
    form: 'pair',
    when: {looksEncrypted: true},
  },
  {...typed, table: 'smsgatewayoption', key: 'id', when: {column: 'Encrypted', is: true}},
  {table: 'challenge', key: 'id', column: 'data', slot: 'config', form: 'pair', when: {looksEncrypted: true}},
]

/** The places that a database has. */
export function encryptedPlaces(schema: Pick<Schema, 'hasColumn' | 'hasTable'>): EncryptedPlace[] {
  return places.filter(({table, column, when}) => {
    if (!schema.hasTable(table) || !schema.hasColumn(table, column)) return false
    if (when && 'column' in when && !schema.hasColumn(table, when.column)) return false
    // Challenge data is encrypted since the release that encrypts the options of SMS gateways.
    return table !== 'challenge' || schema.hasColumn('smsgatewayoption', 'Encrypted')
  })
}
