import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {ReadOptions} from '../contract.js'
import {rowOf} from './rows.js'
import {softwareToken, type Account} from './software-token.js'
import {objectOf, type Json} from './whole.js'

/**
 * The rows of a list of accounts; their "line" is their place in the list.
 * @param read gives the account of an entry, or throws RowError
 */
export function* accountRows(
  entries: Iterable<Json>,
  format: string,
  options: ReadOptions,
  read: (entry: Record<string, Json>) => Account,
): Iterable<ImportedRow> {
  let line = 0
  for (const entry of entries) {
    line += 1
    const fields = objectOf(entry)
    if (!fields) yield {line, error: 'the entry is no object'}
    else yield rowOf(line, {}, () => softwareToken(read(fields), format, options))
  }
}
