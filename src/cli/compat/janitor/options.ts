import type {TokenFilters} from '../../../lib/services/janitor/filters.js'

/** A call of `find` as 3.8 understands it, texts as typed. */
export interface LegacyFind {
  filters: TokenFilters
  chunkSize: string | undefined
  action: string | undefined
  csv: boolean
  /** Seeds in base32. */
  base32: boolean
  sum: boolean
  /** Further attributes of users. */
  attributes: readonly string[]
  setDescription: string | undefined
  setInfoKey: string | undefined
  setInfoValue: string | undefined
  removeInfoKey: string | undefined
  tokenRealms: string | undefined
  limit: number | undefined
  product: 'edumfa' | 'privacyidea'
}

/** Where the output goes. */
export interface LegacyOutput {
  out: (text: string) => void
  err: (text: string) => void
}

/** Actions of 3.8, in the order of its message. */
const actions38 = ['disable', 'delete', 'unassign', 'mark', 'export', 'listuser', 'tokenrealms'] as const
const actionsEdumfa = [...actions38, 'enable', 'unmark', 'reset'] as const

export type LegacyAction = (typeof actionsEdumfa)[number]

export function legacyActions(product: LegacyFind['product']): readonly LegacyAction[] {
  return product === 'edumfa' ? actionsEdumfa : actions38
}
