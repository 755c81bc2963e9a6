import {compareAndSwap} from '../db/compare-and-swap.js'
import type {Database} from '../db/database.js'
import type {EncryptedPlace} from './encrypted-places.js'
import type {EncryptedValue, NewStored} from './encrypted-values.js'

/** What is to take the place of a value. */
export interface Replacement {
  value: EncryptedValue
  next: NewStored
}

/**
 * Puts other values in the place of many, each only where nobody changed it meanwhile. Call it in a transaction.
 * @returns how many were replaced
 */
export async function replaceValues(db: Database, replacements: readonly Replacement[]): Promise<number> {
  const byPlace = new Map<EncryptedPlace, Replacement[]>()
  for (const replacement of replacements) {
    const {place} = replacement.value
    const some = byPlace.get(place)
    if (some) some.push(replacement)
    else byPlace.set(place, [replacement])
  }
  let replaced = 0
  for (const [{table, key, column, ivColumn}, some] of byPlace) {
    const swaps = some.map(({value, next}) => ({
      key: value.id,
      old: ivColumn === undefined ? [value.stored] : [value.stored, value.iv ?? ''],
      next: ivColumn === undefined ? [next.stored] : [next.stored, next.iv ?? ''],
    }))
    replaced += await compareAndSwap(db, table, key, ivColumn === undefined ? [column] : [column, ivColumn], swaps)
  }
  return replaced
}
