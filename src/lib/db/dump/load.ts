import {createHash} from 'node:crypto'
import type {Catalogue} from '../catalogue.js'
import {literal} from '../create.js'
import {DatabaseError} from '../failures.js'
import type {ReleaseSchema} from '../schema/releases.js'
import {PiError} from '../../errors.js'
import type {DumpColumn, DumpTable, Field} from './contract.js'
import {linesOf} from './rows.js'
import type {Stage} from './staging/contract.js'
import {newTables, type NewTables} from './tables.js'

/** Fills the tables of a dump into a stage. */
export class Loader {
  readonly #stage: Stage
  readonly #tables: ReadonlyMap<string, DumpTable>
  readonly #references: NewTables['references']

  private constructor(stage: Stage, tables: ReadonlyMap<string, DumpTable>, references: NewTables['references']) {
    this.#stage = stage
    this.#tables = tables
    this.#references = references
  }

  static async create(
    stage: Stage,
    tables: readonly DumpTable[],
    {release, longest}: {release: ReleaseSchema; longest: ReadonlyMap<string, number>},
  ): Promise<Loader> {
    const {dialect, nameOf, referencesLast} = stage
    const made = newTables(tables, {dialect, release, longest, nameOf, referencesLast})
    for (const statement of [...made.sequences, ...made.tables]) await stage.k.raw(literal(statement))
    return new Loader(stage, new Map(tables.map((table) => [table.name, table])), made.references)
  }

  /** @throws PiError REFUSED when the database does not take a row */
  async insert(name: string, rows: readonly (readonly Field[])[]): Promise<void> {
    const {dialect, k, nameOf} = this.#stage
    const {columns} = this.#tables.get(name)!
    try {
      for (let at = 0; at < rows.length; at += dialect.batchSize) {
        const values = rows
          .slice(at, at + dialect.batchSize)
          .map((row) => row.map((field, n) => this.#valueOf(field, columns[n]!)))
        if (values.some((row) => row.some((value) => Buffer.isBuffer(value)))) await this.#insertBytes(name, values)
        else await dialect.insertRows(k, nameOf(name), columns, values, undefined)
      }
    } catch (error) {
      throw notTaken(name, error)
    }
  }

  #valueOf(field: Field, {type: {kind}}: DumpColumn): unknown {
    if (typeof field !== 'string') return field
    if (kind === 'boolean' && (field === '0' || field === '1')) return this.#stage.dialect.boolean(field === '1')
    if (kind !== 'integer' && kind !== 'bigint' && kind !== 'double') return field
    const number = Number(field)
    const isExact = kind === 'double' ? Number.isFinite(number) : Number.isSafeInteger(number)
    return field !== '' && isExact ? number : field
  }

  /** Bytes have no place in JSON. */
  async #insertBytes(name: string, values: readonly unknown[][]): Promise<void> {
    const {k, nameOf} = this.#stage
    const {columns} = this.#tables.get(name)!
    for (const row of values) {
      await k(nameOf(name)).insert(Object.fromEntries(columns.map((column, at) => [column.name, row[at]])))
    }
  }

  /**
   * What comes after the rows: references, and counters beyond every key.
   * @param positions the next values of the sequences where the dump was made
   * @returns tables with rows that refer to nothing; SQLite lets that happen
   */
  async finish(release: ReleaseSchema, positions: ReadonlyMap<string, number>): Promise<string[]> {
    const {dialect, k, nameOf} = this.#stage
    const orphaned: string[] = []
    for (const {table, statement} of this.#references) {
      try {
        await k.transaction((savepoint) => savepoint.raw(literal(statement)))
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.kind !== 'reference') throw error
        await k.raw(`${literal(statement)} NOT VALID`)
        orphaned.push(table)
      }
    }
    const {sequences} = await dialect.readCatalogue(k)
    for (const {name, columns} of this.#tables.values()) {
      if (!columns.some((column) => column.name === 'id')) continue
      const [row] = (await k(nameOf(name)).max({greatest: 'id'})) as {greatest: number | null}[]
      const greatest = Number(row?.greatest ?? 0)
      if (!Number.isFinite(greatest)) continue
      const sequence = release.tables.get(name)?.sequence
      if (sequence !== undefined && sequences.has(nameOf(sequence))) {
        await dialect.raiseSequence(k, nameOf(sequence), Math.max(greatest, (positions.get(sequence) ?? 1) - 1))
      }
      await dialect.raiseGenerated(k, nameOf(name), greatest)
    }
    return orphaned
  }

  /** Reads tables back, in the form of a dump. */
  async *digests(): AsyncGenerator<{name: string; rows: number; sha256: string}> {
    const catalogue = await this.#stage.dialect.readCatalogue(this.#stage.k)
    for (const table of this.#tables.values()) yield {name: table.name, ...(await this.#digest(table, catalogue))}
  }

  async #digest(table: DumpTable, catalogue: Catalogue): Promise<{rows: number; sha256: string}> {
    const {dialect, nameOf, read} = this.#stage
    const {name} = table
    const live = catalogue.tables.get(nameOf(name))!
    const hash = createHash('sha256')
    let rows = 0
    for await (const page of linesOf(table, {dialect, live, read, storedAs: nameOf(name)})) {
      hash.update(page.text)
      rows += page.rows
    }
    return {rows, sha256: hash.digest('hex')}
  }
}

function notTaken(table: string, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.kind === 'lost' || error.kind === 'full') return error
  return new PiError('REFUSED', `A row of the table ${table} does not fit into this database: ${error.message}`, {
    hints: ['Restore into a database of the kind that the backup was made of'],
    cause: error,
  })
}
