import type {UserAccounts} from '../lib/services/accounts/index.js'
import type {UserMoves} from '../lib/services/accounts/move.js'
import type {MachineService} from '../lib/services/machines.js'
import type {RealmService} from '../lib/services/realms.js'
import type {ResolverService} from '../lib/services/resolvers/index.js'
import type {ConfigurationServices} from './configuration.js'
import type {CoreServices} from './core.js'
import {once} from './options.js'
import type {PeopleServices} from './people.js'

/** Where users come from, and where their tokens are used. */
export interface DirectoryServices {
  /** Realms: sets of resolvers. */
  realms(): Promise<RealmService>
  /** Definitions of the connections to user stores. */
  resolvers(): Promise<ResolverService>
  /** Single users, and what is stored here of them. */
  accounts(): Promise<UserAccounts>
  /** Users who go to another realm or resolver. */
  userMoves(): Promise<UserMoves>
  /** Tokens attached to computers. */
  machines(): Promise<MachineService>
}

export function directoryServices(
  {database, security, settings}: CoreServices,
  {pins, users}: PeopleServices,
  {configObjects}: ConfigurationServices,
): DirectoryServices {
  const realms = once(async () => {
    const {RealmService} = await import('../lib/services/realms.js')
    return new RealmService({
      db: await database(),
      objects: await configObjects(),
      emptyPinHash: async () => (await pins()).hash(''),
    })
  })
  const resolvers = once(async () => {
    const [{ResolverService}, {resolverEnv}, found] = await Promise.all([
      import('../lib/services/resolvers/index.js'),
      import('../lib/services/resolver-env.js'),
      settings(),
    ])
    return new ResolverService({
      db: await database(),
      objects: await configObjects(),
      databaseUri: found.required('SQLALCHEMY_DATABASE_URI'),
      env: resolverEnv({directory: process.cwd(), settings: found}),
    })
  })
  const accounts = once(async () => {
    const {UserAccounts} = await import('../lib/services/accounts/index.js')
    return new UserAccounts({
      db: await database(),
      users: await users(),
      emptyPinHash: async () => (await pins()).hash(''),
    })
  })
  const userMoves = once(async () => {
    const {UserMoves} = await import('../lib/services/accounts/move.js')
    return new UserMoves(await database(), await users())
  })
  const machines = once(async () => {
    const {MachineService} = await import('../lib/services/machines.js')
    return new MachineService({db: await database(), security, directory: process.cwd()})
  })
  return {realms, resolvers, accounts, userMoves, machines}
}
