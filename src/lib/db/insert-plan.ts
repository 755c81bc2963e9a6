import {randomUUID} from 'node:crypto'
import type {Catalogue, LiveTable} from './catalogue.js'
import type {Row, Schema} from './database.js'
import {DatabaseError} from './failures.js'
import type {Dialect, InsertColumn} from './dialect.js'
import {allReleases, newestRelease, releaseSchema} from './schema/releases.js'
import {now, uuid, type Column, type ColumnDefault, type Table} from './schema/table.js'
import {nowText} from './dates.js'

/** How rows of one table are written, worked out once. */
export interface InsertPlan {
  readonly table: string
  /** The original's sequence for this table, whether the database has it or not. */
  readonly sequence: string | undefined
  /** The key comes from the database or a sequence, with the row, or there is none. */
  readonly key: 'generated' | 'given' | 'none'
  /** Without `id` when the key is generated; `id` first when it is given. */
  readonly columns: readonly InsertColumn[]
  readonly columnsWithKey: readonly InsertColumn[]
  valuesOf(rows: readonly Row[]): unknown[][]
}

interface PlannedColumn extends InsertColumn {
  default: ColumnDefault | undefined
}

const idColumn: InsertColumn = {name: 'id', type: {kind: 'integer'}}

/** Columns of all releases, to tell a column of another release from a misspelt one. */
const knownAnywhere = new Set(
  allReleases.flatMap((release) =>
    [...release.tables.values()].flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)),
  ),
)

export class InsertPlans {
  readonly #schema: Schema
  readonly #catalogue: Catalogue
  readonly #boolean: Dialect['boolean']
  readonly #plans = new Map<string, InsertPlan>()

  constructor(schema: Schema, catalogue: Catalogue, boolean: Dialect['boolean']) {
    this.#schema = schema
    this.#catalogue = catalogue
    this.#boolean = boolean
  }

  /** @throws DatabaseError `missing` for a table that the database lacks */
  of(table: string, rows: readonly Row[]): InsertPlan {
    const first = rows[0] ?? {}
    const live = this.#catalogue.tables.get(table)
    if (!live) throw new DatabaseError({kind: 'missing', subject: table}, undefined)
    const described = this.describe(table)
    for (const key of Object.keys(first)) {
      if (!live.columns.has(key) && !knownAnywhere.has(`${table}.${key}`)) throw new Error(`no column ${table}.${key}`)
    }
    const generatedKey = described?.generatedKey ?? live.columns.get('id')?.generated ?? false
    const key = !generatedKey ? 'none' : first['id'] === undefined ? 'generated' : 'given'
    const cached = this.#plans.get(`${table} ${key}`)
    if (cached) return cached
    const plan = makePlan(table, live, described, key, this.#boolean)
    this.#plans.set(`${table} ${key}`, plan)
    return plan
  }

  /** The table in this release, with what the newest one adds for databases that are ahead of their stamp. */
  describe(name: string): Table | undefined {
    const {product, version} = this.#schema
    const own = releaseSchema(product, version).tables.get(name)
    const newest = newestRelease(product).tables.get(name)
    if (!own || !newest) return own ?? newest
    const names = new Set(own.columns.map((column) => column.name))
    return {...own, columns: [...own.columns, ...newest.columns.filter((column) => !names.has(column.name))]}
  }
}

function makePlan(
  table: string,
  live: LiveTable,
  described: Table | undefined,
  key: InsertPlan['key'],
  boolean: Dialect['boolean'],
): InsertPlan {
  const columns: PlannedColumn[] = describedColumns(live, described)
    .filter((column) => live.columns.has(column.name) && !(column.name === 'id' && key !== 'none'))
    .map(({name, type, default: value}) => ({
      name,
      type,
      default: typeof value === 'boolean' ? (boolean(value) as ColumnDefault) : value,
    }))
  if (key === 'given') columns.unshift({...idColumn, default: undefined})
  const {length} = columns
  return {
    table,
    sequence: described?.sequence,
    key,
    columns,
    columnsWithKey: key === 'generated' ? [idColumn, ...columns] : columns,
    valuesOf(rows) {
      const stamp = nowText()
      return rows.map((row) => {
        const values = new Array<unknown>(length)
        for (let at = 0; at < length; at++) {
          const column = columns[at] as PlannedColumn
          const given = row[column.name]
          values[at] = given === undefined ? defaultValue(column.default, stamp) : storable(given, column, boolean)
        }
        return values
      })
    },
  }
}

/** A table that no release describes, like those of internal resolvers, is written as it is found. */
function describedColumns(live: LiveTable, described: Table | undefined): readonly Column[] {
  if (described) return described.columns
  return [...live.columns.values()].map(({name, nullable}) => ({name, nullable, type: {kind: 'text'}}))
}

function defaultValue(value: ColumnDefault | undefined, stamp: string): unknown {
  if (value === undefined) return null
  if (value === now) return stamp
  if (value === uuid) return randomUUID()
  return value
}

function storable(value: unknown, {type}: PlannedColumn, boolean: Dialect['boolean']): unknown {
  if (value === null) return null
  if (type.kind === 'boolean') return boolean(value === true || value === 1)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'object') return JSON.stringify(value)
  return value
}
