/** What a live database says about itself: read once when it is opened (spec/01 §2.3). */
export interface Catalogue {
  readonly tables: ReadonlyMap<string, LiveTable>
  /** Names of the sequences; empty where there are none. */
  readonly sequences: ReadonlySet<string>
}

export interface LiveTable {
  readonly name: string
  readonly columns: ReadonlyMap<string, LiveColumn>
}

export interface LiveColumn {
  readonly name: string
  /** As the database writes it. */
  readonly type: string
  /** Characters of a VARCHAR. */
  readonly length: number | undefined
  readonly nullable: boolean
  /** The database produces a value itself: rowid, AUTO_INCREMENT, SERIAL or IDENTITY. */
  readonly generated: boolean
}

/** An index, unique constraint or primary key: whatever finds rows by these columns. */
export interface LiveIndex {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** Builds a catalogue from one row a column. */
export function catalogueOf(columns: Iterable<LiveColumn & {table: string}>, sequences: Iterable<string>): Catalogue {
  const tables = new Map<string, {name: string; columns: Map<string, LiveColumn>}>()
  for (const {table, ...column} of columns) {
    let found = tables.get(table)
    if (!found) tables.set(table, (found = {name: table, columns: new Map()}))
    found.columns.set(column.name, column)
  }
  return {tables, sequences: new Set(sequences)}
}

/** Groups one row a column, in the order of the columns. */
export function indexesOf(rows: Iterable<{table: string; name: string; column: string; unique: boolean}>): LiveIndex[] {
  const indexes = new Map<string, {table: string; name: string; columns: string[]; unique: boolean}>()
  for (const {table, name, column, unique} of rows) {
    const key = `${table} ${name}`
    let found = indexes.get(key)
    if (!found) indexes.set(key, (found = {table, name, columns: [], unique}))
    found.columns.push(column)
  }
  return [...indexes.values()]
}

/** `VARCHAR(80)`, `character varying(80)`: 80. */
export function lengthOf(type: string): number | undefined {
  const found = /char[a-z ]*\((\d+)\)/i.exec(type)?.[1]
  return found === undefined ? undefined : Number(found)
}
