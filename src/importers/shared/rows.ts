import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Read} from './key-encoding.js'

/** Thrown inside a row reader to refuse the row; it never leaves the importer. */
export class RowError extends Error {}

/** The value, or the end of this row. */
export function need<T>(read: Read<T>): T {
  if ('error' in read) throw new RowError(read.error)
  return read.value
}

const serialPattern = /^[0-9a-zA-Z\-_]+$/

/** A serial as the originals take it (spec/05 §4): letters, digits, `-`, `_`, at most 40. */
export function needSerial(serial: string): string {
  if (serial === '') throw new RowError('the serial is missing')
  if (serial.length > 40) throw new RowError('the serial is longer than 40 characters')
  if (!serialPattern.test(serial)) throw new RowError('the serial has characters other than letters, digits, - and _')
  return serial
}

/** What of a bad row may be shown: a column that is no serial or type may hold a secret. */
export function showable(text: string | undefined, kind: 'serial' | 'type'): string | undefined {
  if (text === undefined) return undefined
  const value = text.trim()
  if (kind === 'type') return /^[a-z]{1,15}$/i.test(value) ? value.toLowerCase() : undefined
  return serialPattern.test(value) && value.length <= 40 && !/^[0-9a-f]{32,}$/i.test(value) ? value : undefined
}

/** Turns a reader that may refuse into a row. */
export function rowOf(
  line: number,
  known: {serial?: string | undefined; type?: string | undefined},
  read: () => ImportedToken,
): ImportedRow {
  try {
    return {line, token: read()}
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    const serial = showable(known.serial, 'serial')
    const type = showable(known.type, 'type')
    return {line, error: error.message, ...(serial && {serial}), ...(type && {type})}
  }
}
