import {randomBytes} from 'node:crypto'
import {createWriteStream, writeFileSync} from 'node:fs'
import {once} from 'node:events'
import {join} from 'node:path'
import {connect} from '../../src/lib/db/connect.js'
import {createSchema} from '../../src/lib/db/create.js'
import type {Database} from '../../src/lib/db/database.js'

const suffix = 'dc=example,dc=test'

/** Settings of a resolver for the directory of {@link writeUsers}, at a port. */
export function directorySettings(port: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    LDAPURI: `ldap://127.0.0.1:${port}`,
    LDAPBASE: `ou=people,${suffix}`,
    LOGINNAMEATTRIBUTE: 'uid',
    LDAPSEARCHFILTER: '(objectClass=inetOrgPerson)',
    USERINFO: '{"username": "uid", "surname": "sn"}',
    UIDTYPE: 'entryUUID',
    TIMEOUT: '5',
    SERVERPOOL_ROUNDS: '1',
    ...more,
  }
}

/** The id of a user by number. */
export function userId(number: number): string {
  return `10000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

/** Writes a directory of users 0 … count-1 as LDIF. @returns file and suffix */
export async function writeUsers(folder: string, count: number): Promise<{ldif: string; suffix: string}> {
  const ldif = join(folder, 'users.ldif')
  const out = createWriteStream(ldif)
  out.write(`dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n`)
  out.write(`dn: ou=people,${suffix}\nobjectClass: organizationalUnit\nou: people\n\n`)
  for (let n = 0; n < count; n++) {
    const uid = `user${n}`
    const entry = `dn: uid=${uid},ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: Sn\nentryUUID: ${userId(n)}\n\n`
    if (!out.write(entry)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return {ldif, suffix}
}

/** Adds a realm with one LDAP resolver, and a token for each of the users named by number. */
export async function ownTokens(
  db: Database,
  settings: Readonly<Record<string, string>>,
  numbers: readonly number[],
): Promise<void> {
  await db.transaction(async (tx) => {
    const [resolver] = await tx.insert('resolver', [{name: 'people', rtype: 'ldapresolver'}])
    await tx.insert(
      'resolverconfig',
      Object.entries(settings).map(([Key, Value]) => ({resolver_id: resolver, Key, Value, Type: 'string'})),
    )
    const [realm] = await tx.insert('realm', [{name: 'corp', default: true}])
    await tx.insert('resolverrealm', [{resolver_id: resolver, realm_id: realm}])
    for (let at = 0; at < numbers.length; at += 2000) {
      const some = numbers.slice(at, at + 2000)
      const ids = await tx.insert(
        'token',
        some.map((n) => ({serial: `LDAP${String(n).padStart(8, '0')}`, tokentype: 'spass', active: true})),
      )
      await tx.insert(
        'tokenowner',
        some.map((n, index) => ({token_id: ids[index], resolver: 'people', user_id: userId(n), realm_id: realm})),
      )
    }
  })
}

/** A configuration file with a new key beside it. */
export function writeConfig(folder: string, uri: string): string {
  const config = join(folder, 'pi.cfg')
  writeFileSync(join(folder, 'enckey'), randomBytes(96), {mode: 0o400})
  writeFileSync(
    config,
    `SQLALCHEMY_DATABASE_URI = '${uri}'\nPI_ENCFILE = '${join(folder, 'enckey')}'\nSECRET_KEY = 'x'\nPI_AUDIT_NO_SIGN = True\n`,
  )
  return config
}

/** An SQLite file with the tables of 3.8. @returns its URI */
export async function createDatabaseFile(folder: string): Promise<string> {
  const uri = `sqlite:///${join(folder, 'data.sqlite')}`
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}
