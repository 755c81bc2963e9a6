import {inOrderOfReference} from '../../create.js'
import type {Catalogue} from '../../catalogue.js'
import {allReleases} from '../../schema/releases.js'
import type {Table} from '../../schema/table.js'

const known = new Map<string, Table>(allReleases.flatMap((release) => [...release.tables]))
const knownSequences = new Set([...known.values()].flatMap(({sequence}) => sequence ?? []))

/** What the new tables take the place of, children before their parents. */
export function outdatedTables(catalogue: Catalogue, incoming: readonly string[]): string[] {
  const ordered = inOrderOfReference([...known.values()]).map(({name}) => name)
  const all = new Set([...ordered.reverse(), ...incoming, 'alembic_version'])
  return [...all].filter((name) => catalogue.tables.has(name))
}

export function outdatedSequences(catalogue: Catalogue, incoming: readonly string[]): string[] {
  return [...catalogue.sequences].filter((name) => knownSequences.has(name) || incoming.includes(name))
}
