import {KeySetModule} from '../../src/hsm/key-set.js'
import {decryptTokenSecret} from '../../src/lib/crypto/secret-values.js'
import type {Database, Row} from '../../src/lib/db/database.js'
import {ImportTokens, type ImportOptions, type ImportRow} from '../../src/lib/services/import-tokens/index.js'
import type {NamedUser} from '../../src/lib/types/imported-token.js'
import {tokenFileOf, type OpenTokenFileOptions} from '../../src/importers/open.js'
import {inputOf} from '../../src/importers/shared/input.js'

/** Key material of tests: the bytes 0 to 95. */
const testKey = () => Buffer.from(Array.from({length: 96}, (_, at) => at))

export interface StoredToken {
  type: string
  secret: string
  row: Row
  info: Record<string, string>
  realms: string[]
  owners: [userId: string, resolver: string, realm: string][]
}

/** An import into one database, with a fixed key and users that need no resolver. */
export class ImportBench {
  readonly db: Database
  readonly security = new KeySetModule('test key', testKey())
  /** Known users: `login@realm` → user id and resolver. */
  readonly users = new Map<string, {userId: string; resolver: string}>()
  readonly service: ImportTokens

  constructor(db: Database) {
    this.db = db
    this.service = new ImportTokens({
      database: async () => db,
      security: async () => this.security,
      users: async () => ({find: async (user) => this.#find(user)}),
      hashPin: async (pin) => `hash of ${pin}`,
      now: () => new Date('2025-04-25T10:00:00Z'),
    })
  }

  /** Removes all tokens, and puts the realms `corp` and `dev` there. */
  async reset(): Promise<void> {
    const {k} = this.db
    for (const table of ['tokeninfo', 'tokenowner', 'tokenrealm', 'token']) await k(table).delete()
    const present = await k<Row>('realm').select('name')
    const missing = ['corp', 'dev'].filter((name) => !present.some((row) => row['name'] === name))
    await this.db.insert(
      'realm',
      missing.map((name) => ({name})),
    )
  }

  /** Imports a file given as text; the rows are those that are reported. */
  async run(content: Uint8Array | string, options: ImportOptions & {file?: OpenTokenFileOptions} = {}) {
    const input = inputOf('tokens', typeof content === 'string' ? Buffer.from(content) : content)
    const rows: ImportRow[] = []
    const result = await this.service.run(await tokenFileOf(input, options.file), {
      ...options,
      onRow: (row) => rows.push(row),
    })
    return {...result, rows}
  }

  /** Everything stored, by serial. */
  async tokens(): Promise<Record<string, StoredToken>> {
    const {k} = this.db
    const stored: Record<string, StoredToken> = {}
    const bySerial = new Map<number, StoredToken>()
    for (const row of await k<Row>('token').orderBy('id')) {
      const secret = await decryptTokenSecret(this.security, {
        ciphertext: String(row['key_enc']),
        iv: String(row['key_iv']),
      })
      const token: StoredToken = {
        type: String(row['tokentype']),
        secret: secret.toString('utf8'),
        row,
        info: {},
        realms: [],
        owners: [],
      }
      stored[String(row['serial'])] = token
      bySerial.set(Number(row['id']), token)
    }
    for (const row of await k<Row>('tokeninfo')) {
      bySerial.get(Number(row['token_id']))!.info[String(row['Key'])] = String(row['Value'])
    }
    for (const row of await k<Row>('tokenrealm').join('realm', 'realm.id', 'realm_id').orderBy('realm.name')) {
      bySerial.get(Number(row['token_id']))!.realms.push(String(row['name']))
    }
    for (const row of await k<Row>('tokenowner').join('realm', 'realm.id', 'realm_id')) {
      bySerial
        .get(Number(row['token_id']))!
        .owners.push([String(row['user_id']), String(row['resolver']), String(row['name'])])
    }
    return stored
  }

  #find({login, realm = 'corp'}: NamedUser) {
    const found = this.users.get(`${login}@${realm}`)
    return found && {...found, realm}
  }
}
