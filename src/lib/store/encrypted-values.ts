import type {Knex} from 'knex'
import {encryptedPinMark, looksEncrypted} from '../crypto/secret-values.js'
import type {Database, Row} from '../db/database.js'
import {encryptedPlaces, type EncryptedPlace} from './encrypted-places.js'

/** An encrypted value as it is stored. */
export interface EncryptedValue {
  place: EncryptedPlace
  /** Value of the primary key: a number, or the key of a system setting. */
  id: number | string
  /** Text of the column; of a `split` value the hex of the ciphertext. */
  stored: string
  /** Hex of the IV of a `split` value. */
  iv?: string
  /** The plaintext is bytes, not text. */
  binary: boolean
}

/** What takes the place of a value: the same forms. */
export type NewStored = Pick<EncryptedValue, 'stored' | 'iv'>

/** All encrypted values of a database, whatever table they are in. */
export class EncryptedValueRepository {
  readonly places: readonly EncryptedPlace[]
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
    this.places = encryptedPlaces(db.schema)
  }

  /** Every value, a table after the other, in pages of so many rows at most. */
  async *pages({size = 1000} = {}): AsyncIterable<EncryptedValue[]> {
    for (const table of new Set(this.places.map((place) => place.table))) yield* this.pagesOf(table, {size})
  }

  /** The values of one table. @param options.after continue after the row with this key */
  async *pagesOf(
    table: string,
    {size = 1000, after}: {size?: number; after?: number | string} = {},
  ): AsyncIterable<EncryptedValue[]> {
    const places = this.places.filter((place) => place.table === table)
    const [first] = places
    if (!first) return
    const {key} = first
    let last = after
    for (;;) {
      const query = this.#db.k<Row>(table).select(columnsOf(places)).orderBy(key).limit(size)
      if (last !== undefined) void query.where(key, '>', last)
      void query.where((either) => {
        for (const place of places) void either.orWhere((one) => this.#mayHold(one, place))
      })
      const rows: Row[] = await query
      const values = rows.flatMap((row) => places.flatMap((place) => encryptedValueOf(row, place)))
      if (values.length > 0) yield values
      if (rows.length < size) return
      last = rows.at(-1)?.[key] as number | string
    }
  }

  /** The first values of each place, for a look at whether the key fits. */
  async samples(count = 1): Promise<EncryptedValue[]> {
    const found: EncryptedValue[] = []
    for (const place of this.places) {
      const rows: Row[] = await this.#db
        .k<Row>(place.table)
        .select(columnsOf([place]))
        .where((one) => this.#mayHold(one, place))
        .orderBy(place.key)
        .limit(count)
      found.push(...rows.flatMap((row) => encryptedValueOf(row, place)))
    }
    return found
  }

  /** What the database can tell; `encryptedValueOf` looks again, since databases differ in how they compare. */
  #mayHold(query: Knex.QueryBuilder, {column, when}: EncryptedPlace): void {
    void query.whereNotNull(column).whereNot(column, '')
    if (!when) return
    if ('column' in when) void query.where(when.column, when.is)
    else if ('starts' in when) void query.where(column, 'like', `${when.starts}%`)
    else void query.where(column, 'like', `${'_'.repeat(32)}:%`)
  }
}

/** The value that a row holds at a place, wherever the row comes from; an empty list when it holds none. */
export function encryptedValueOf(row: Row, place: EncryptedPlace): EncryptedValue[] {
  const {binaryWhen, column, ivColumn, key, when} = place
  const stored = text(row[column])
  if (stored === '' || !isEncrypted(row, stored, when)) return []
  const id = typeof row[key] === 'string' && key !== 'id' ? row[key] : Number(row[key])
  const binary = binaryWhen !== undefined && text(row[binaryWhen.column]).toLowerCase() === binaryWhen.is
  return [{place, id, stored, binary, ...(ivColumn !== undefined && {iv: text(row[ivColumn])})}]
}

function isEncrypted(row: Row, stored: string, when: EncryptedPlace['when']): boolean {
  if (!when) return true
  if ('column' in when) return when.is === true ? isTrue(row[when.column]) : row[when.column] === when.is
  return 'starts' in when ? stored.startsWith(encryptedPinMark) : looksEncrypted(stored)
}

/** As any database has it, or a dump. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1'
}

function columnsOf(places: readonly EncryptedPlace[]): string[] {
  return [
    ...new Set(
      places.flatMap(({key, column, ivColumn, when, binaryWhen}) => [
        key,
        column,
        ...(ivColumn === undefined ? [] : [ivColumn]),
        ...(binaryWhen ? [binaryWhen.column] : []),
        ...(when && 'column' in when ? [when.column] : []),
      ]),
    ),
  ]
}

/** Oracle knows no empty text, and drivers give NULL for it. */
function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
