import type {Settings, SettingValue} from '../config/settings.js'
import {describeUrl, parseSqlalchemyUrl} from '../db/sqlalchemy-url.js'
import {knownSettings} from './shared/known-settings.js'

/** What stands for a value that is not shown. */
export const hidden = '(hidden)'

/** Names of things that are secrets wherever they stand. */
const secretName =
  /passw|passphrase|secret|pepper|otpkey|^pin$|motppin|api.?key|apiid|authorization|bindpw|credential|seed|additional_params|^(data|private.?key)$|token$/i

/** User and password in an address. */
const inAddress = /:\/\/[^/@\s'"]+@/g

/** `password=…` and its kin inside a text. */
const inText =
  /\b([\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|api_?key|token)[\w.-]*\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&;,]+)/gi

/** A copy of a document without what is or might be a secret. Names of objects, addresses and logins stay. */
export function redacted(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (value !== '' && secretName.test(name)) return hidden
    return value.replace(inAddress, `://${hidden}@`).replace(inText, `$1${hidden}`)
  }
  if (Array.isArray(value)) return value.map((item) => redacted(item, name))
  if (value instanceof Map) return redacted(Object.fromEntries(value), name)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item, key)]))
}

/** All settings of a configuration; those that are secrets, and those that nobody knows, without their values. */
export function redactedSettings(settings: Settings): Record<string, unknown> {
  return Object.fromEntries(
    settings
      .keys()
      .sort()
      .map((key) => [key, shownSetting(settings, key)]),
  )
}

function shownSetting(settings: Settings, key: string): unknown {
  let value: SettingValue | undefined
  try {
    value = settings.get(key)
  } catch {
    return '(cannot be read)'
  }
  if (!knownSettings.has(key) && !/^PI_HSM_MODULE_(MODULE|SLOT|KEY_LABEL)/.test(key)) return hidden
  if (key === 'PI_TRUSTED_JWT' || Buffer.isBuffer(value)) return hidden
  if (/_URI$/.test(key) && typeof value === 'string') return shownAddress(value)
  // A file name, not a key.
  if (/^PI_AUDIT_KEY_(PRIVATE|PUBLIC)$/.test(key)) return value
  return redacted(value, key)
}

function shownAddress(uri: string): string {
  try {
    return describeUrl(parseSqlalchemyUrl(uri))
  } catch {
    return hidden
  }
}
