import type {PasswordContext} from '../lib/crypto/password-hash.js'
import type {AdminService} from '../lib/services/admins.js'
import type {UserService} from '../lib/services/users.js'
import type {CoreServices} from './core.js'
import {once, type OnClose} from './options.js'

/** Administrators and users. */
export interface PeopleServices {
  /** How PINs and passwords are hashed here. @throws PiError CONFIG */
  pins(): Promise<PasswordContext>
  /** Local administrators. */
  admins(): Promise<AdminService>
  /** Users of all resolvers. */
  users(): Promise<UserService>
}

export function peopleServices({settings, database, security}: CoreServices, onClose: OnClose): PeopleServices {
  const pins = once(async () => {
    const [{PasswordContext}, found] = await Promise.all([import('../lib/crypto/password-hash.js'), settings()])
    return PasswordContext.fromSettings(found)
  })
  const admins = once(async () => {
    const [{AdminService}, hashes, found, db] = await Promise.all([
      import('../lib/services/admins.js'),
      pins(),
      settings(),
      database(),
    ])
    return new AdminService({
      db,
      hashes,
      pepper: found.text('PI_PEPPER') ?? 'missing',
      earlierPeppers: found.list('PI_PEPPER_PREVIOUS'),
    })
  })
  const users = once(async () => {
    const [{loadDirectory}, {resolverEnv}, {UserCache}, {UserService}, {customAttributes}, db, found] =
      await Promise.all([
        import('../lib/services/directory.js'),
        import('../lib/services/resolver-env.js'),
        import('../lib/services/user-cache.js'),
        import('../lib/services/users.js'),
        import('../lib/services/accounts/custom-attributes.js'),
        database(),
        settings(),
      ])
    const directory = once(() => loadDirectory(db, security))
    const opened = new UserService({
      directory,
      env: resolverEnv({directory: process.cwd(), settings: found}),
      // Administrators see what the stores say; what they change must be forgotten all the same.
      cache: new UserCache({db, seconds: async () => 0}),
      nodeUuid: found.text('PI_NODE_UUID'),
      attributes: customAttributes(db),
    })
    onClose(() => opened.close())
    return opened
  })
  return {pins, admins, users}
}
