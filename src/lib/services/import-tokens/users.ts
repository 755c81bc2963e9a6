import type {NamedUser} from '../../types/imported-token.js'
import type {Directory, UserService} from '../users.js'
import type {ImportOwner, ImportUsers} from './types.js'

/** Finds owners among the users of the installation (spec/04 §2.2). */
export function importUsers(users: Pick<UserService, 'directory' | 'findInResolver' | 'findUser'>): ImportUsers {
  return {
    async find(named: NamedUser): Promise<ImportOwner | undefined> {
      const directory = await users.directory()
      const {login, realm, resolver} = withRealm(named, directory)
      if (resolver === undefined) {
        const found = await users.findUser(login, realm)
        return found && {userId: found.userId, resolver: found.resolver, realm: found.realm}
      }
      const realmName = realmOf(directory, resolver, realm?.toLowerCase())
      if (realmName === undefined || !directory.resolvers.has(resolver)) return undefined
      const found = await users.findInResolver(resolver, login)
      return found && {userId: found.userId, resolver, realm: realmName}
    },
  }
}

/** `alice@corp` without a realm beside it means the realm, if there is one of that name (lists of Entra have such names). */
function withRealm(named: NamedUser, directory: Directory): NamedUser {
  const at = named.login.lastIndexOf('@')
  const realm = named.login.slice(at + 1).toLowerCase()
  if (named.realm !== undefined || named.resolver !== undefined || at < 1 || !directory.realms.has(realm)) return named
  return {login: named.login.slice(0, at), realm}
}

/** The realm that was named, if it has the resolver; otherwise the default realm or the only one that has it. */
function realmOf(directory: Directory, resolver: string, named: string | undefined): string | undefined {
  const having = [...directory.realms.values()].filter(({resolvers}) => resolvers.some(({name}) => name === resolver))
  const names = having.map(({name}) => name)
  if (named !== undefined) return names.includes(named) ? named : undefined
  if (directory.defaultRealm !== undefined && names.includes(directory.defaultRealm)) return directory.defaultRealm
  return names.length === 1 ? names[0] : undefined
}
