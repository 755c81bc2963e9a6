import type {RealmService} from '../lib/services/realms.js'
import type {ResolverService} from '../lib/services/resolvers/index.js'
import type {ConfigurationServices} from './configuration.js'
import type {CoreServices} from './core.js'
import {once} from './options.js'
import type {PeopleServices} from './people.js'

/** Where users come from. */
export interface DirectoryServices {
  /** Realms: sets of resolvers. */
  realms(): Promise<RealmService>
  /** Definitions of the connections to user stores. */
  resolvers(): Promise<ResolverService>
}

export function directoryServices(
  {database, settings}: CoreServices,
  {pins}: PeopleServices,
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
  return {realms, resolvers}
}
