import {z} from 'zod'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {resolverKind, resolverTypes} from '../../resolvers/registry.js'
import {sealedMark, type ConfigKind} from '../contract.js'
import {readSettings, writeSettings} from '../shared/settings-table.js'
import {requiredText, text, texts} from '../shared/text.js'

const settingsTable = {owner: 'resolver_id', table: 'resolverconfig'}

/** Keys that are stored encrypted, by type (spec/01, table resolverconfig). */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  entraidresolver: ['client_secret', 'private_key_password', 'password'],
  httpresolver: ['password', 'config_authorization'],
  keycloakresolver: ['password'],
  ldapresolver: ['BINDPW'],
  scimresolver: [],
  sqlresolver: ['Password'],
}

/** Secrets that the original keeps in clear: masked by us, and left as they are. */
const clearSecrets: Readonly<Record<string, readonly string[]>> = {
  scimresolver: ['Authsecret', 'Secret'],
}

const document = z.strictObject({
  type: z.string().describe('passwdresolver, ldapresolver, sqlresolver, scimresolver, httpresolver, …'),
  settings: z.record(z.string(), z.string()).default({}),
})

export type ResolverDocument = z.infer<typeof document>

/** User resolvers (spec/04 §7.4). */
export const resolver: ConfigKind<ResolverDocument> = {
  kind: 'resolver',
  exportKey: 'resolver',
  exportShape: 'mapping',
  order: 10,
  bumpsTimestamp: true,
  document,
  available: (schema) => schema.hasTable('resolver'),
  secrets: ({settings, type}) =>
    [...(secretKeys[type] ?? []), ...(clearSecrets[type] ?? []), ...sealedKeys(settings)]
      .filter((key, index, keys) => keys.indexOf(key) === index && Object.hasOwn(settings, key))
      .map((key) => ['settings', key]),
  async list(db) {
    const settings = await readSettings(db, settingsTable)
    const rows = await db.k<Row>('resolver').orderBy('id')
    return new Map(
      rows.map((row) => [
        text(row['name']),
        {type: text(row['rtype']), settings: settings.get(Number(row['id'])) ?? {}},
      ]),
    )
  },
  async save(env, name, {settings, type}) {
    if (!/^[A-Za-z0-9_\-.]+$/.test(name)) {
      throw new PiError('INVALID_INPUT', `'${name}' is no name for a resolver: letters, digits and _ - . only.`)
    }
    const {db} = env
    const stored = await findResolver(db, name)
    if (stored && stored.type !== type) {
      throw new PiError('REFUSED', `The resolver '${stored.name}' is of type ${stored.type}; a type never changes.`, {
        hints: ['Make a resolver of another name, and move the realm to it'],
      })
    }
    const id = stored?.id ?? (await db.insert('resolver', [{name, rtype: type}]))[0]!
    const declared = await declaredTypes(type)
    await writeSettings(env, settingsTable, id, settings, {
      isSecret: (key) => (secretKeys[type] ?? []).includes(key),
      typeOf: (key) => declared.get(key) ?? '',
    })
    if (stored) await db.k('usercache').where({resolver: stored.name}).delete()
  },
  async delete(db, name) {
    const stored = await findResolver(db, name)
    if (!stored) return
    const realms = await db
      .k<Row>('resolverrealm')
      .join('realm', 'realm.id', 'resolverrealm.realm_id')
      .where({resolver_id: stored.id})
      .select('realm.name')
    if (realms.length > 0) {
      throw new PiError(
        'REFUSED',
        `The resolver '${name}' belongs to the realm ${realms.map((row) => `'${text(row['name'])}'`).join(', ')}.`,
        {
          hints: ['Take it out of the realm first: pi-manage realm edit'],
        },
      )
    }
    await db.k('resolverconfig').where({resolver_id: stored.id}).delete()
    await db.k('resolver').where({id: stored.id}).delete()
    await db.k('usercache').where({resolver: stored.name}).delete()
  },
  toOriginal(name, {settings, type}) {
    return {
      type,
      resolvername: name,
      censor_keys: (secretKeys[type] ?? []).filter((key) => Object.hasOwn(settings, key)),
      data: settings,
    }
  },
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'resolvername', 'resolver'),
      document: {settings: texts(element['data']), type: requiredText(element, 'type', 'resolver')},
    }
  },
}

/** The Type that the originals store with each setting; keys that a resolver type does not declare get none (spec/10 §2). */
async function declaredTypes(type: string): Promise<ReadonlyMap<string, string>> {
  if (!resolverTypes.includes(type)) return new Map()
  const {settings} = await resolverKind(type)
  return new Map(settings.map((setting) => [setting.key, setting.type]))
}

const sealedKeys = (settings: Readonly<Record<string, string>>): string[] =>
  Object.keys(settings).filter((key) => settings[key]!.startsWith(sealedMark))

/** Names that differ only in case are the same resolver (spec/01 §1.6). */
async function findResolver(db: Database, name: string): Promise<{id: number; name: string; type: string} | undefined> {
  const rows = await db.k<Row>('resolver').select('id', 'name', 'rtype')
  const row =
    rows.find((candidate) => candidate['name'] === name) ??
    rows.find((candidate) => text(candidate['name']).toLowerCase() === name.toLowerCase())
  return row && {id: Number(row['id']), name: text(row['name']), type: text(row['rtype'])}
}
