import type {SettingValue} from './settings.js'

/**
 * What the originals use when a key is set nowhere (spec/02 §1.2 class "production", §3). Paths relative to the
 * installed python package are left out: this tool has none, so such a key has to be set.
 */
const builtInDefaults: Readonly<Record<string, SettingValue>> = {
  CACHE_TYPE: 'simple',
  PI_AUDIT_MODULE: 'privacyidea.lib.auditmodules.sqlaudit',
  PI_AUDIT_POOL_RECYCLE: 600,
  PI_AUDIT_POOL_SIZE: 20,
  PI_CHECK_RELOAD_CONFIG: 0,
  PI_CUSTOM_CSS: false,
  PI_ENGINE_REGISTRY_CLASS: 'null',
  PI_EXTERNAL_LINKS: true,
  PI_GNUPG_HOME: '/etc/privacyidea/gpg',
  PI_HASH_ALGO_LIST: ['argon2', 'pbkdf2_sha512'],
  PI_HSM: 'default',
  PI_HSM_MODULE: 'privacyidea.lib.security.default.DefaultSecurityModule',
  PI_LDAP_POOLING_LOOP_TIMEOUT: 10,
  PI_LOGCONFIG: '/etc/privacyidea/logging.cfg',
  PI_LOGFILE: 'privacyidea.log',
  PI_LOGLEVEL: 20,
  PI_MONITORING_MODULE: 'privacyidea.lib.monitoringmodules.sqlstats',
  PI_NOTIFICATION_HANDLER_SPOOLDIRECTORY: '/var/lib/privacyidea/notifications/',
  PI_PEPPER: 'Never know...',
  PI_SCRIPT_HANDLER_DIRECTORY: '/etc/privacyidea/scripts',
  PI_SCRIPT_SMSPROVIDER_DIRECTORY: '/etc/privacyidea/scripts',
  PI_UUID_FILE: '/etc/privacyidea/uuid.txt',
  PI_VASCO_LIBRARY: null,
  SQLALCHEMY_TRACK_MODIFICATIONS: false,
  SUPERUSER_REALM: ['superuser'],
}

/** Dotted names and paths carry the product's name in eduMFA. */
export function defaultFor(key: string, product: 'privacyidea' | 'edumfa'): SettingValue | undefined {
  const value = Object.hasOwn(builtInDefaults, key) ? builtInDefaults[key] : undefined
  if (product === 'privacyidea' || typeof value !== 'string') return value
  return value
    .replace(/^privacyidea\./, 'edumfa.')
    .replace('/etc/privacyidea/', '/etc/edumfa/')
    .replace('/var/lib/privacyidea/', '/var/lib/edumfa/')
    .replace(/^privacyidea\.log$/, 'edumfa.log')
}
