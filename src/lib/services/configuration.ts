import {FreshReading} from '../batching/fresh-reading.js'
import {decryptValue} from '../crypto/secret-values.js'
import type {Database} from '../db/database.js'
import {PiError} from '../errors.js'
import {PolicySet} from '../policy/policy-set.js'
import type {SecurityModule} from '../security-module.js'
import {ConfigRepository} from '../store/config.js'
import {PolicyRepository} from '../store/policies.js'
import {loadDirectory} from './directory.js'
import type {Directory} from './users.js'

/** The system configuration at one moment: settings, realms, resolvers and policies. One request uses one of these. */
export class Configuration {
  readonly directory: Directory
  readonly policies: PolicySet
  readonly #settings: ReadonlyMap<string, string>
  readonly #realmNames: ReadonlyMap<number, string>

  constructor(settings: ReadonlyMap<string, string>, directory: Directory, policies: PolicySet) {
    this.#settings = settings
    this.directory = directory
    this.policies = policies
    this.#realmNames = new Map([...directory.realms.values()].map(({id, name}) => [id, name]))
  }

  /** A row of the table `config`, passwords in clear. */
  setting(key: string): string | undefined {
    return this.#settings.get(key)
  }

  get defaultRealm(): string | undefined {
    return this.directory.defaultRealm
  }

  /** @param name lower case */
  realmId(name: string): number | undefined {
    return this.directory.realms.get(name)?.id
  }

  realmName(id: number): string | undefined {
    return this.#realmNames.get(id)
  }

  hasResolver(name: string): boolean {
    return this.directory.resolvers.has(name)
  }
}

export interface ConfigurationOptions {
  db: Database
  security: () => Promise<SecurityModule>
  /** Milliseconds since 1970, UTC. */
  clock?: () => number
  /** `PI_CHECK_RELOAD_CONFIG`: seconds during which a loaded configuration is not compared again. */
  checkSeconds?: number
}

/**
 * Keeps the configuration until its timestamp in the database changes (spec/01 §7). A change is seen by the first
 * request after it; requests that come while the timestamp is being read share the next reading.
 */
export class ConfigurationCache {
  readonly #options: ConfigurationOptions
  #loaded: {configuration: Configuration; stamp: string | undefined; second: string; checkedAt: number} | undefined
  readonly #comparison = new FreshReading(() => this.#compare())

  constructor(options: ConfigurationOptions) {
    this.#options = options
  }

  /** @throws PiError UNAVAILABLE, CONFIG */
  async current(): Promise<Configuration> {
    const {checkSeconds = 0} = this.#options
    const loaded = this.#loaded
    if (loaded && checkSeconds > 0 && this.#now() - loaded.checkedAt < checkSeconds * 1000) return loaded.configuration
    return this.#comparison.get()
  }

  /** What the last request saw; read when there was none yet. */
  async latest(): Promise<Configuration> {
    return this.#loaded?.configuration ?? this.current()
  }

  #now(): number {
    return (this.#options.clock ?? Date.now)()
  }

  async #compare(): Promise<Configuration> {
    const {db} = this.#options
    const checkedAt = this.#now()
    const stamp = await new ConfigRepository(db).timestamp()
    const loaded = this.#loaded
    if (loaded && !mustReload(stamp, loaded)) {
      loaded.checkedAt = checkedAt
      return loaded.configuration
    }
    const configuration = await loadConfiguration(db, this.#options.security)
    this.#loaded = {configuration, stamp, second: String(Math.trunc(checkedAt / 1000)), checkedAt}
    return configuration
  }
}

/** Compared as texts, as the originals do: a change in the second of the load is seen too. */
function mustReload(stamp: string | undefined, loaded: {stamp: string | undefined; second: string}): boolean {
  return stamp === undefined || stamp.startsWith('2016-') || stamp !== loaded.stamp || stamp >= loaded.second
}

/** Reads everything. @throws PiError UNAVAILABLE, CONFIG */
export async function loadConfiguration(db: Database, security: () => Promise<SecurityModule>): Promise<Configuration> {
  const [rows, directory, policies] = await Promise.all([
    new ConfigRepository(db).all(),
    loadDirectory(db, security),
    new PolicyRepository(db).all(),
  ])
  const settings = new Map<string, string>()
  for (const {key, value, type} of rows) {
    const clear = type === 'password' && value !== '' ? await decrypted(value, security) : value
    if (clear !== undefined) settings.set(key, clear)
  }
  const resolversOfRealm = (realm: string) => directory.realms.get(realm)?.resolvers.map(({name}) => name) ?? []
  return new Configuration(settings, directory, new PolicySet(policies, {resolversOfRealm}))
}

/** A setting that this key does not open counts as missing. */
async function decrypted(value: string, security: () => Promise<SecurityModule>): Promise<string | undefined> {
  try {
    return await decryptValue(await security(), value)
  } catch (error) {
    if (error instanceof PiError && error.code === 'INTEGRITY') return undefined
    throw error
  }
}
