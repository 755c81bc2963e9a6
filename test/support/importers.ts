import {readFileSync} from 'node:fs'
import {tokenFileOf, type OpenTokenFileOptions} from '../../src/importers/open.js'
import {inputOf} from '../../src/importers/shared/input.js'
import {PiError} from '../../src/lib/errors.js'
import type {ImportedRow, ImportedToken} from '../../src/lib/types/imported-token.js'

/** The records of a file given as text or bytes. */
export async function rowsOf(content: Uint8Array | string, options: OpenTokenFileOptions = {}): Promise<ImportedRow[]> {
  const input = inputOf('tokens', typeof content === 'string' ? Buffer.from(content, 'utf8') : content)
  const rows: ImportedRow[] = []
  for await (const row of (await tokenFileOf(input, options)).rows()) rows.push(row)
  return rows
}

/** The same for a file of the fixtures. */
export function rowsOfFile(path: string, options: OpenTokenFileOptions = {}): Promise<ImportedRow[]> {
  return rowsOf(readFileSync(path), options)
}

/** The tokens; a record that is none fails the test. */
export function tokensOf(rows: readonly ImportedRow[]): ImportedToken[] {
  return rows.map((row) => {
    if ('token' in row) return row.token
    throw new Error(`line ${String(row.line)}: ${'error' in row ? row.error : row.skipped}`)
  })
}

/** The reasons of refused records, by line. */
export function errorsOf(rows: readonly ImportedRow[]): Record<number, string> {
  return Object.fromEntries(rows.flatMap((row) => ('error' in row ? [[row.line, row.error]] : [])))
}

/** The failure of what must fail. */
export async function failureOf(work: Promise<unknown>): Promise<PiError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PiError) return error
    throw error
  }
  throw new Error('it did not fail')
}
