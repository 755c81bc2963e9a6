import type {Entry} from 'ldapts'
import type {UserInfo} from '../../../types/user.js'
import {valueText} from './ids.js'
import type {LdapConfig} from './settings.js'

/** The values of an attribute as texts; attribute names do not differ by case. */
export function valuesOf(entry: Entry, attribute: string): string[] {
  const name = Object.hasOwn(entry, attribute)
    ? attribute
    : Object.keys(entry).find((key) => key !== 'dn' && key.toLowerCase() === attribute.toLowerCase())
  const value = name === undefined || name === 'dn' ? [] : (entry[name] ?? [])
  return (Array.isArray(value) ? value : [value]).map((item) => valueText(attribute, item))
}

/** The text that identifies an entry; undefined when it lacks that attribute. */
export function idOf(entry: Entry, {uidType}: LdapConfig): string | undefined {
  if (uidType.toLowerCase() === 'dn') return entry.dn
  return valuesOf(entry, uidType)[0]
}

/**
 * What an entry tells about a user: each mapped attribute, as a list where it is set to be one, else its first value;
 * missing ones are `''` or an empty list (spec/10 §4.2). Dates are ISO 8601.
 */
export function infoOf(entry: Entry, {attributes, multiValued}: LdapConfig): UserInfo {
  const info: Record<string, string | readonly string[]> = {}
  for (const [key, attribute] of attributes) {
    if (key === 'password') continue
    const values = valuesOf(entry, attribute).map((text) => asDate(text) ?? text)
    info[key] = multiValued.has(key) ? values : (values[0] ?? '')
  }
  return info
}

/** Generalized time (RFC 4517 §3.3.13) in UTC. */
function asDate(text: string): string | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${Number(fraction) === 0 ? '' : fraction}Z`
}
