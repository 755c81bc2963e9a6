import {readFileSync, statSync} from 'node:fs'
import type {SettingSource} from './settings-impl.js'
import type {SettingValue} from './settings.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Variables with the prefix that are no settings. */
const notSettings = new Set(['CONFIGFILE', 'CONFIG_FILE'])

/** `PRIVACYIDEA_<KEY>` of 3.12 (spec/02 §1.4): JSON if it is JSON, `__` walks into dictionaries. */
export function prefixedEnvironment(env: Environment): SettingSource {
  const values: Record<string, SettingValue> = {}
  for (const name of Object.keys(env).sort()) {
    const key = /^PRIVACYIDEA_(.+)$/.exec(name)?.[1]
    if (key === undefined || notSettings.has(key)) continue
    const value = jsonOrText(env[name] ?? '')
    const steps = key.split('__')
    const last = steps.pop()!
    let target = values
    for (const step of steps) {
      const inner = target[step]
      target = isDictionary(inner) ? inner : ((target[step] = {}) as Record<string, SettingValue>)
    }
    target[last] = value
  }
  return fixedSource('the environment (PRIVACYIDEA_…)', values)
}

/**
 * The settings that the docker class of 3.12 takes from plain variables and from files of secrets (spec/02 §1.4).
 * Nothing is escaped in the database address, as there.
 */
export function dockerEnvironment(env: Environment): SettingSource {
  const values: Record<string, SettingValue> = {}
  const set = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') values[key] = value
  }
  const {PI_DB_HOST: host, PI_DB_NAME: name, PI_DB_PASSWORD: password, PI_DB_USER: user} = env
  if (host && user && password) {
    const port = env['PI_DB_PORT'] ? `:${env['PI_DB_PORT']}` : ''
    const extra = env['PI_DB_EXTRA_PARAMS'] ? `?${env['PI_DB_EXTRA_PARAMS'].replace(/^\?/, '')}` : ''
    set(
      'SQLALCHEMY_DATABASE_URI',
      `${env['PI_DB_DRIVER'] ?? 'mysql+pymysql'}://${user}:${password}@${host}${port}/${name ?? ''}${extra}`,
    )
  }
  set('SECRET_KEY', secret(env, 'PI_SECRET_KEY'))
  for (const key of ['SQLALCHEMY_DATABASE_URI', 'PI_PEPPER', 'SECRET_KEY', 'PI_REDIS_URL']) set(key, secret(env, key))
  for (const [key, file] of Object.entries(mountedSecrets)) set(key, isFile(file) ? file : env[key])
  return fixedSource('the environment', values)
}

const mountedSecrets = {
  PI_AUDIT_KEY_PRIVATE: '/run/secrets/audit_key_private',
  PI_AUDIT_KEY_PUBLIC: '/run/secrets/audit_key_public',
  PI_ENCFILE: '/run/secrets/enckey',
}

/** Whether the variables of the container are set, so that they are meant even without PI_CONFIG_NAME. */
export function hasDockerEnvironment(env: Environment): boolean {
  if (env['PI_CONFIG_NAME'] !== undefined) return env['PI_CONFIG_NAME'] === 'docker'
  const {PI_DB_HOST: host, PI_DB_PASSWORD: password, PI_DB_USER: user} = env
  return Boolean(env['SQLALCHEMY_DATABASE_URI'] || env['SQLALCHEMY_DATABASE_URI_FILE'] || (host && user && password))
}

/** The variables that the classes of every release read as defaults (spec/02 §1.2). */
export function classEnvironment(env: Environment): SettingSource {
  const database =
    {development: 'DEV_DATABASE_URL', testing: 'TEST_DATABASE_URL'}[env['PI_CONFIG_NAME'] ?? ''] ?? 'DATABASE_URL'
  const values: Record<string, SettingValue> = {}
  if (env[database]) values['SQLALCHEMY_DATABASE_URI'] = env[database]
  if (env['SECRET_KEY']) values['SECRET_KEY'] = env['SECRET_KEY']
  if (env['PI_CONFIG_NAME'] === 'testing') values['PI_PEPPER'] = ''
  return fixedSource('the environment', values)
}

/** A source with values that are there already, e.g. from flags. */
export function fixedSource(description: string, values: Record<string, SettingValue>): SettingSource {
  return {
    description,
    get: (key) => (Object.hasOwn(values, key) ? values[key] : undefined),
    keys: () => Object.keys(values),
  }
}

/** `NAME_FILE` (stripped) wins over `NAME`. */
function secret(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  if (file && isFile(file)) return readFileSync(file, 'utf8').trim()
  return env[name]
}

function isFile(name: string): boolean {
  return statSync(name, {throwIfNoEntry: false})?.isFile() ?? false
}

function jsonOrText(text: string): SettingValue {
  try {
    return JSON.parse(text) as SettingValue
  } catch {
    return text
  }
}

function isDictionary(value: SettingValue | undefined): value is Record<string, SettingValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}
