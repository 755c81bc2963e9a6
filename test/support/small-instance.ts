import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {loadSettings} from '../../src/lib/config/load.js'
import {encryptPin, encryptTokenSecret, encryptValue} from '../../src/lib/crypto/secret-values.js'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {Database} from '../../src/lib/db/database.js'
import type {SecurityModule} from '../../src/lib/security-module.js'
import type {TestDatabases} from './database.js'
import {removeFolder, temporaryFolder} from './folders.js'

/** A small installation with a key file and a value in each kind of place. */
export interface SmallInstance {
  folder: string
  config: string
  enckey: string
  uri: string
  db: Database
  /** A module opened now, as a long-running program holds it. */
  openModule(): Promise<SecurityModule>
  remove(): Promise<void>
}

export async function smallInstance(open: Pick<TestDatabases, 'freshUri'>, {tokens = 12} = {}): Promise<SmallInstance> {
  const folder = temporaryFolder('small')
  const uri = await open.freshUri()
  const config = join(folder, 'pi.cfg')
  const enckey = join(folder, 'enckey')
  writeFileSync(enckey, randomBytes(96), {mode: 0o400})
  writeFileSync(
    config,
    [
      `SQLALCHEMY_DATABASE_URI = '${uri}'`,
      `PI_ENCFILE = '${enckey}'`,
      "SECRET_KEY = 'x'",
      'PI_AUDIT_NO_SIGN = True',
      '',
    ].join('\n'),
  )
  const db = await openDatabase(uri)
  const openModule = async (): Promise<SecurityModule> =>
    openSecurityModule(await loadSettings({configFile: config, env: {}}))
  const module = await openModule()
  for (let at = 0; at < tokens; at++) await addToken(db, module, `T${at}`)
  await db.insert('config', [
    {Key: 'mail.secret', Value: await encryptValue(module, 'config secret'), Type: 'password'},
    {Key: 'plain', Value: 'clear', Type: ''},
  ])
  await db.insert('smtpserver', [
    {identifier: 'mail', server: 'localhost', password: await encryptValue(module, 'mail secret')},
  ])
  await module.close()
  return {
    folder,
    config,
    enckey,
    uri,
    db,
    openModule,
    async remove() {
      await db.close()
      removeFolder(folder)
    },
  }
}

/** A token with a secret, and every other one with a readable PIN; the secret is `secret of SERIAL`. */
export async function addToken(db: Database, module: SecurityModule, serial: string): Promise<void> {
  const {ciphertext, iv} = await encryptTokenSecret(module, `secret of ${serial}`)
  await db.insert('token', [
    {
      serial,
      tokentype: 'hotp',
      active: true,
      key_enc: ciphertext,
      key_iv: iv,
      pin_hash: /[02468]$/.test(serial) ? await encryptPin(module, `pin of ${serial}`) : '',
    },
  ])
}
