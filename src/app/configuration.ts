import type {ConfigObjectService} from '../lib/services/config-objects.js'
import type {ConfigTreeService} from '../lib/services/config-tree/index.js'
import type {EventService} from '../lib/services/events/index.js'
import type {PolicyService} from '../lib/services/policies/index.js'
import type {CoreServices} from './core.js'
import {once, type AppOptions} from './options.js'

/** What stands in the configuration tables. */
export interface ConfigurationServices {
  /** Policies, events, resolvers, servers, settings …: read, compared and written as documents. */
  configObjects(): Promise<ConfigObjectService>
  /** Event handlers. */
  events(): Promise<EventService>
  /** Configuration as a folder of files, or as in another installation. */
  configTree(): Promise<ConfigTreeService>
  /** Policies: changed, explained and checked. */
  policies(): Promise<PolicyService>
}

export function configurationServices(
  options: AppOptions,
  {auditDatabase, database, security, settings}: CoreServices,
): ConfigurationServices {
  const configObjects = once(async () => {
    const [{ConfigObjectService}, {readFile}, db] = await Promise.all([
      import('../lib/services/config-objects.js'),
      import('node:fs/promises'),
      database(),
    ])
    const sources = {env: (name: string) => options.env[name], file: (path: string) => readFile(path, 'utf8')}
    return new ConfigObjectService(db, security, {sources})
  })
  const events = once(async () => {
    const {EventService} = await import('../lib/services/events/index.js')
    return new EventService(await database(), await configObjects(), {
      scriptFolder: (await settings()).path('PI_SCRIPT_HANDLER_DIRECTORY'),
    })
  })
  const configTree = once(async () => {
    const [{ConfigTreeService}, {changeAudit}] = await Promise.all([
      import('../lib/services/config-tree/index.js'),
      import('../lib/services/config-tree/audit.js'),
    ])
    const audit = changeAudit(await settings(), auditDatabase, options.warn ?? (() => {}))
    return new ConfigTreeService(await database(), await configObjects(), {audit})
  })
  const policies = once(async () => {
    const {PolicyService} = await import('../lib/services/policies/index.js')
    return new PolicyService(await database(), await configObjects())
  })
  return {configObjects, events, configTree, policies}
}
