import {censored, sealedMark} from '../../config-objects/contract.js'
import type {ObjectChange} from '../config-objects.js'

/** Keys whose values let somebody in, whatever the type of the resolver says about them. */
const secretKey = /(?:passw(?:or)?d|bindpw|secret|private_?key|api[-_]?key|token)$/i
/** Texts that hold credentials inside, such as the headers of an HTTP resolver. */
const secretInside = /"authorization"|\bbearer\s|"(?:x-)?api[-_]?key"/i

/** Whether a setting is shown as `__CENSORED__`; more than what the originals store encrypted. */
export function isMasked(key: string, value: string): boolean {
  if (value === '') return false
  return value === censored || value.startsWith(sealedMark) || secretKey.test(key) || secretInside.test(value)
}

/** A copy of settings in which no secret is to be read. */
export function maskedSettings(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, isMasked(key, value) ? censored : value]),
  )
}

/** A change of a resolver in which no secret is to be read. */
export function maskedChange<C extends ObjectChange>(change: C): C {
  const shown = (value: unknown) =>
    value !== null && typeof value === 'object' ? maskedSettings(value as Record<string, string>) : value
  const fields = change.fields.map(({field, from, to}) =>
    field === 'settings' ? {field, from: shown(from), to: shown(to)} : {field, from, to},
  )
  return {...change, fields}
}
