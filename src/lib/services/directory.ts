import {decryptValue} from '../crypto/secret-values.js'
import type {Database} from '../db/database.js'
import {PiError} from '../errors.js'
import type {SecurityModule} from '../security-module.js'
import {RealmRepository} from '../store/realms.js'
import {ResolverRepository, type StoredResolver} from '../store/resolvers.js'
import type {ResolverDefinition} from '../types/resolver.js'
import {resolverKind} from '../resolvers/registry.js'
import type {Directory} from './users.js'

/**
 * Reads realms and resolvers. The module that holds the keys is opened only when a resolver has a password.
 * @throws PiError UNAVAILABLE, CONFIG; a password that the key does not open is no failure but noted in the definition
 */
export async function loadDirectory(db: Database, security: () => Promise<SecurityModule>): Promise<Directory> {
  const [realms, resolvers] = await Promise.all([new RealmRepository(db).all(), new ResolverRepository(db).all()])
  const definitions = await Promise.all(resolvers.map((stored) => decrypt(stored, security)))
  return {
    realms: new Map(realms.map((realm) => [realm.name, realm])),
    defaultRealm: realms.find(({isDefault}) => isDefault)?.name,
    resolvers: new Map(definitions.map((definition) => [definition.name, definition])),
  }
}

async function decrypt(stored: StoredResolver, security: () => Promise<SecurityModule>): Promise<ResolverDefinition> {
  const settings = new Map<string, string>()
  const undecryptable: string[] = []
  for (const {key, value, type} of stored.settings) {
    if ((type !== 'password' && type !== 'dict_with_password') || value === '') {
      settings.set(key, value)
      continue
    }
    try {
      const clear =
        type === 'password'
          ? await decryptValue(await security(), value)
          : await decryptMembers(stored.type, key, value, security)
      settings.set(key, clear)
    } catch (error) {
      if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
      undecryptable.push(key)
    }
  }
  const settingTypes = new Map(stored.settings.map(({key, type}) => [key, type]))
  return {id: stored.id, name: stored.name, type: stored.type, settings, settingTypes, undecryptable}
}

/** A JSON text of which some members are encrypted (3.12). @throws PiError INTEGRITY */
async function decryptMembers(
  resolverType: string,
  key: string,
  value: string,
  security: () => Promise<SecurityModule>,
): Promise<string> {
  const {settings} = await resolverKind(resolverType)
  const secrets = settings.find((setting) => setting.key === key)?.secrets ?? []
  const members = parsedObject(value)
  if (!members) return value
  for (const member of secrets) {
    const text = members[member]
    if (typeof text === 'string' && text !== '') members[member] = await decryptValue(await security(), text)
  }
  return JSON.stringify(members)
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed && typeof parsed === 'object' && !Array.isArray(parsed) ? {...parsed} : undefined
  } catch {
    return undefined
  }
}
