import {PiError} from '../errors.js'
import type {ResolverKind} from './contract.js'

/** The types of user stores, loaded when first used. */
const kinds: Readonly<Record<string, () => Promise<ResolverKind>>> = {
  entraidresolver: async () => (await import('./kinds/entraid.js')).entraid,
  httpresolver: async () => (await import('./kinds/http.js')).http,
  keycloakresolver: async () => (await import('./kinds/keycloak.js')).keycloak,
  ldapresolver: async () => (await import('./kinds/ldap/index.js')).ldap,
  passwdresolver: async () => (await import('./kinds/passwd.js')).passwd,
  scimresolver: async () => (await import('./kinds/scim.js')).scim,
  sqlresolver: async () => (await import('./kinds/sql/index.js')).sql,
}

export const resolverTypes: readonly string[] = Object.keys(kinds)

/** @throws PiError CONFIG for a type that this program does not know */
export async function resolverKind(type: string): Promise<ResolverKind> {
  const load = kinds[type]
  if (!load)
    throw new PiError('CONFIG', `There is no resolver type '${type}'.`, {hints: [`Known: ${resolverTypes.join(', ')}`]})
  return load()
}
