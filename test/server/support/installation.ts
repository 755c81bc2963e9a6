import {generateKeyPairSync, randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openSecurityModule} from '../../../src/hsm/registry.js'
import {loadSettings} from '../../../src/lib/config/load.js'
import {encryptTokenSecret} from '../../../src/lib/crypto/secret-values.js'
import {openDatabase} from '../../../src/lib/db/connect.js'
import type {Database, Row} from '../../../src/lib/db/database.js'
import type {SecurityModule} from '../../../src/lib/security-module.js'

/** A token to put into an installation. */
export interface SeededToken {
  serial: string
  type: string
  /** Login of the owner, one of the users; absent: nobody. */
  user?: string
  /** Text of the secret; for OATH kinds hex. */
  secret: string
  info?: Readonly<Record<string, string>>
  columns?: Row
}

/** A small installation in a folder, with a database of its own. */
export interface Installation {
  readonly config: string
  readonly folder: string
  readonly db: Database
  readonly security: SecurityModule
  addTokens(tokens: readonly SeededToken[]): Promise<void>
  setConfig(values: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

export interface InstallationOptions {
  folder: string
  /** URI of a database with tables and no rows. */
  uri: string
  /** Logins `user0`, `user1`, …; passwords are never asked for. */
  users: number
  /** Further lines of pi.cfg. */
  settings?: string
}

/** Makes keys, a passwd file with users, one realm, and a configuration for a database that holds the tables. */
export async function makeInstallation(options: InstallationOptions): Promise<Installation> {
  const {folder, uri, users, settings = ''} = options
  const path = (name: string) => join(folder, name)
  const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
  writeFileSync(path('enckey'), randomBytes(96))
  writeFileSync(path('private.pem'), privateKey.export({type: 'pkcs1', format: 'pem'}))
  writeFileSync(path('public.pem'), publicKey.export({type: 'spki', format: 'pem'}))
  const lines = Array.from({length: users}, (_, at) => `user${at}:*:${1000 + at}:1:User ${at}:/:/bin/sh`)
  writeFileSync(path('passwd'), `${lines.join('\n')}\n`)
  writeFileSync(
    path('pi.cfg'),
    [
      `SQLALCHEMY_DATABASE_URI = '${uri}'`,
      `SECRET_KEY = '${randomBytes(12).toString('hex')}'`,
      `PI_PEPPER = '${randomBytes(12).toString('hex')}'`,
      `PI_ENCFILE = '${path('enckey')}'`,
      `PI_AUDIT_KEY_PRIVATE = '${path('private.pem')}'`,
      `PI_AUDIT_KEY_PUBLIC = '${path('public.pem')}'`,
      "PI_NODE = 'node1'",
      settings,
    ].join('\n'),
  )
  const config = path('pi.cfg')
  const security = await openSecurityModule(await loadSettings({configFile: config, env: {}}), {})
  const db = await openDatabase(uri)
  await db.transaction(async (tx) => {
    const [resolver] = await tx.insert('resolver', [{name: 'users', rtype: 'passwdresolver'}])
    const [realm] = await tx.insert('realm', [{name: 'home', default: true, option: ''}])
    await tx.insert('resolverconfig', [
      {resolver_id: resolver, Key: 'fileName', Value: path('passwd'), Type: 'string', Description: ''},
    ])
    await tx.insert('resolverrealm', [{resolver_id: resolver, realm_id: realm, priority: null}])
    await tx.bumpTimestamp()
  })
  return {
    config,
    folder,
    db,
    security,
    addTokens: (tokens) => addTokens(db, security, tokens),
    async setConfig(values) {
      await db.transaction(async (tx) => {
        const rows = Object.entries(values).map(([Key, Value]) => ({Key, Value, Type: '', Description: ''}))
        await tx.insert('config', rows)
        await tx.bumpTimestamp()
      })
    },
    async close() {
      await db.close()
      await security.close()
    },
  }
}

async function addTokens(db: Database, security: SecurityModule, tokens: readonly SeededToken[]): Promise<void> {
  const secrets = await Promise.all(tokens.map(({secret}) => encryptTokenSecret(security, secret)))
  await db.transaction(async (tx) => {
    const ids = await tx.insert(
      'token',
      tokens.map(({serial, type, columns}, at) => ({
        serial,
        tokentype: type,
        key_enc: secrets[at]!.ciphertext,
        key_iv: secrets[at]!.iv,
        pin_hash: '',
        count: 0,
        active: true,
        ...columns,
      })),
    )
    const realm = (await tx.k<Row>('realm').where({name: 'home'}).first('id'))?.['id']
    const rowOf = (at: number, row: Row) => ({token_id: ids[at], ...row})
    await tx.insert(
      'tokeninfo',
      tokens.flatMap(({info = {}}, at) =>
        Object.entries({tokenkind: 'software', ...info}).map(([Key, Value]) =>
          rowOf(at, {Key, Value, Type: '', Description: ''}),
        ),
      ),
    )
    const owned = tokens.flatMap(({user}, at) => (user === undefined ? [] : [{at, uid: 1000 + Number(user.slice(4))}]))
    await tx.insert(
      'tokenowner',
      owned.map(({at, uid}) => rowOf(at, {user_id: String(uid), resolver: 'users', realm_id: realm})),
    )
    await tx.insert(
      'tokenrealm',
      owned.map(({at}) => rowOf(at, {realm_id: realm})),
    )
  })
}
