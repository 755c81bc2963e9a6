import type {Field} from '../../db/dump/contract.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {encryptedPlaces, type EncryptedPlace} from '../../store/encrypted-places.js'
import {encryptedValueOf, type EncryptedValue} from '../../store/encrypted-values.js'
import {isIntact} from '../enckey/index.js'
import {readArchive, type ReadArchive} from './archive-reader.js'
import type {OpenWith} from './envelope.js'
import type {BackupHeader} from './format.js'

/** An archive that was read to its end and is right. */
export interface CheckedArchive extends ReadArchive {
  file: string
  /** Longest text of each column, `table.column`, in characters. */
  longest: Map<string, number>
  /** The first encrypted value of each kind. */
  samples: EncryptedValue[]
  /** Files that decide how a restore goes: the configuration and the encryption key. */
  contents: Map<string, Buffer>
}

/** Reads a whole archive and writes nothing. @throws PiError INVALID_INPUT, USAGE, INTEGRITY */
export async function checkArchive(
  file: string,
  keys: OpenWith,
  onRows: (table: string, rows: number) => void = () => {},
): Promise<CheckedArchive> {
  const longest = new Map<string, number>()
  const samples = new Map<EncryptedPlace, EncryptedValue>()
  const contents = new Map<string, Buffer>()
  let header: BackupHeader | undefined
  let places: EncryptedPlace[] = []
  const read = await readArchive(file, keys, {
    header(found) {
      header = found
      places = placesOf(found)
    },
    rows(table, rows) {
      const columns = columnsOf(header!, table)
      measure(table, columns, rows, longest)
      const wanted = places.filter((place) => place.table === table && !samples.has(place))
      for (const place of wanted) {
        const [value] = firstOf(rows, columns, place)
        if (value) samples.set(place, value)
      }
      onRows(table, rows.length)
    },
    file(path, content) {
      // Decided by the manifest, which comes last.
      if (content.length <= 4 * 1024 * 1024) contents.set(path, content)
    },
  })
  const deciding = read.manifest.files.filter(({role}) => role === 'config' || role === 'enckey').map(({path}) => path)
  for (const path of contents.keys()) if (!deciding.includes(path)) contents.delete(path)
  return {...read, file, longest, samples: [...samples.values()], contents}
}

/** @returns places whose first value does not decrypt with the key, as `table.column` */
export async function undecryptable(samples: readonly EncryptedValue[], security: SecurityModule): Promise<string[]> {
  const failed: string[] = []
  for (const value of samples) {
    if (!(await isIntact(value, security))) failed.push(`${value.place.table}.${value.place.column}`)
  }
  return failed
}

/** The failure of a key that is not that of the backup. */
export function otherKey(failed: readonly string[]): PiError {
  return new PiError(
    'INTEGRITY',
    `The encryption key is not that of the backup: ${failed.join(', ')} do not decrypt.`,
    {
      hints: ['Name the right key file: --enckey FILE'],
    },
  )
}

function placesOf(header: BackupHeader): EncryptedPlace[] {
  const tables = new Map(header.database?.tables.map((table) => [table.name, table]))
  return encryptedPlaces({
    hasTable: (table) => tables.has(table),
    hasColumn: (table, column) => tables.get(table)?.columns.some(({name}) => name === column) ?? false,
  })
}

function columnsOf(header: BackupHeader, table: string): {name: string; kind: string}[] {
  const found = header.database?.tables.find(({name}) => name === table)
  return (found?.columns ?? []).map(({name, type}) => ({name, kind: type.kind}))
}

function measure(
  table: string,
  columns: readonly {name: string; kind: string}[],
  rows: readonly Field[][],
  longest: Map<string, number>,
): void {
  for (const [at, {name, kind}] of columns.entries()) {
    if (kind !== 'varchar') continue
    const key = `${table}.${name}`
    let most = longest.get(key) ?? 0
    for (const row of rows) {
      const field = row[at]
      if (typeof field === 'string' && field.length > most) most = Math.max(most, charactersOf(field))
    }
    longest.set(key, most)
  }
}

/** Databases count characters, JavaScript halves of some of them. */
function charactersOf(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

function firstOf(
  rows: readonly Field[][],
  columns: readonly {name: string}[],
  place: EncryptedPlace,
): EncryptedValue[] {
  const at = columns.findIndex(({name}) => name === place.column)
  for (const row of rows) {
    if (row[at] === null || row[at] === '') continue
    const values = encryptedValueOf(Object.fromEntries(columns.map(({name}, n) => [name, row[n]])), place)
    if (values.length > 0) return values
  }
  return []
}
