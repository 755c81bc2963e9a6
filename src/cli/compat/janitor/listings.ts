import {pythonRepr} from '../../../lib/python/repr.js'
import type {TokenRecord} from '../../../lib/services/tokens/record.js'

const header = `Token serial\tTokeninfo\n${'='.repeat(42)}\n`

/** The header of a plain listing, repeated for every page. */
export function listingHeader(csv: boolean): string {
  return csv ? '' : header
}

/** A token of a listing; values of type `password` are shown as stored. */
export function listedToken({token, row, info}: TokenRecord, csv: boolean): string {
  const details = new Map<string, string>()
  for (const {key, type, value} of info) {
    if (type !== '') details.set(`${key}.type`, type)
    details.set(key, value)
  }
  const dict = pythonRepr(details)
  const description = row['description'] === null ? 'None' : token.description
  if (csv) return `'${token.serial}','${token.tokentype}','${description}','${dict}'\n`
  return `${token.serial} (${token.tokentype})\n\t\t${description}\n\t\t${dict}\n`
}
