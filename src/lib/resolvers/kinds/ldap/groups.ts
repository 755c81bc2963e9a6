import type {UserInfo} from '../../../types/user.js'
import {valuesOf} from './entries.js'
import {all, configuredFilters} from './filters.js'
import type {Searches} from './directory.js'
import type {GroupSearch} from './settings.js'

/** Groups of one page. */
const pageSize = 100

/** The names of the groups that the configured filter finds for a user (spec/10 §4.1, since 3.12). @throws PiError */
export async function groupNames(searches: Searches, groups: GroupSearch, user: UserInfo): Promise<string[]> {
  const {base, filter, nameAttribute} = groups
  const question = {
    base,
    scope: 'sub' as const,
    filter: all(configuredFilters(fillFilter(filter, {...user, base_dn: base}))),
    attributes: [nameAttribute],
  }
  const names: string[] = []
  for await (const entries of searches.pages(question, pageSize)) {
    for (const entry of entries) names.push(...valuesOf(entry, nameAttribute).slice(0, 1))
  }
  return names
}

/** Puts user attributes into `{places}` of a filter, escaped (RFC 4515 §3); a place that is not known stays empty. */
export function fillFilter(filter: string, values: Readonly<Record<string, unknown>>): string {
  return filter.replace(/\{(\w+)\}/g, (_place, key: string) => {
    const value = values[key]
    const [first = ''] = Array.isArray(value) ? value : [value ?? '']
    return String(first).replace(
      /[\\*()\0]/g,
      (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
  })
}
