/**
 * How a table is described: the same words for every product, release and database. A description says what the
 * original's own table creation makes; what its migrations leave behind can differ (spec/01 §2.4).
 */
export type ColumnType =
  | {kind: 'integer'}
  | {kind: 'bigint'}
  | {kind: 'varchar'; length: number}
  | {kind: 'text'}
  | {kind: 'boolean'}
  | {kind: 'datetime'}
  /** Microsecond precision; a point in time after 1970-01-01 where the database has no intervals (spec/01 §1.4). */
  | {kind: 'interval'}
  | {kind: 'json'}
  | {kind: 'double'}
  /** Only tables of others have it. */
  | {kind: 'blob'}

/** What the original's writer stores when nothing is given; no database default stands behind it (spec/01 §1.2). */
export type ColumnDefault = string | number | boolean | typeof now | typeof uuid

/** Naive UTC at the moment of the insert. */
export const now = Symbol('now')
/** A random UUID, 36 characters. */
export const uuid = Symbol('uuid')

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  readonly default?: ColumnDefault
  /** The rare SQL default, as literal text. */
  readonly sqlDefault?: string
}

export interface Unique {
  /** Absent: the database names it. */
  readonly name?: string
  readonly columns: readonly string[]
}

export interface ForeignKey {
  readonly name?: string
  readonly column: string
  readonly table: string
  readonly references: string
  readonly cascade?: boolean
}

export interface Index {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  /** The key is a surrogate `id` which the database or a sequence produces. */
  readonly generatedKey: boolean
  /** The sequence that the original's writer takes ids from; absent where the database counts itself. */
  readonly sequence?: string
  readonly uniques: readonly Unique[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly indexes: readonly Index[]
}

/** A part of a table, in the order in which it is declared. */
export type Part = (table: Table) => Table

export function table(name: string, ...parts: Part[]): Table {
  const empty: Table = {
    name,
    columns: [],
    primaryKey: [],
    generatedKey: false,
    uniques: [],
    foreignKeys: [],
    indexes: [],
  }
  return parts.reduce((made, part) => part(made), empty)
}

interface ColumnOptions {
  notNull?: boolean
  default?: ColumnDefault
  sqlDefault?: string
  primaryKey?: boolean
  unique?: boolean
  /** True: `ix_<table>_<column>`; a text: that name. */
  index?: boolean | string
  uniqueIndex?: boolean | string
  /** `table.column` it refers to. */
  references?: string
  referenceName?: string
  cascade?: boolean
}

function column(name: string, type: ColumnType, options: ColumnOptions): Part {
  return (made) => {
    const added: Column = {
      name,
      type,
      nullable: !(options.notNull || options.primaryKey),
      ...(options.default !== undefined && {default: options.default}),
      ...(options.sqlDefault !== undefined && {sqlDefault: options.sqlDefault}),
    }
    const indexName = options.index || options.uniqueIndex
    const [table = '', references = ''] = options.references?.split('.') ?? []
    return {
      ...made,
      columns: [...made.columns, added],
      primaryKey: options.primaryKey ? [...made.primaryKey, name] : made.primaryKey,
      uniques: options.unique ? [...made.uniques, {columns: [name]}] : made.uniques,
      indexes: indexName
        ? [
            ...made.indexes,
            {
              name: typeof indexName === 'string' ? indexName : `ix_${made.name}_${name}`,
              columns: [name],
              unique: options.uniqueIndex !== undefined,
            },
          ]
        : made.indexes,
      foreignKeys: options.references
        ? [
            ...made.foreignKeys,
            {
              column: name,
              table,
              references,
              ...(options.referenceName && {name: options.referenceName}),
              ...(options.cascade && {cascade: true}),
            },
          ]
        : made.foreignKeys,
    }
  }
}

/** The surrogate key. `nullable` is how 3.8 declares two of them, though a key is never null. */
export function id(sequence?: string, {nullable = false, big = false} = {}): Part {
  return (made) => ({
    ...made,
    columns: [...made.columns, {name: 'id', type: {kind: big ? 'bigint' : 'integer'}, nullable}],
    primaryKey: ['id'],
    generatedKey: true,
    ...(sequence && {sequence}),
  })
}

export const integer = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'integer'}, options)
export const bigint = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'bigint'}, options)
export const double = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'double'}, options)
export const text = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'text'}, options)
export const boolean = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'boolean'}, options)
export const datetime = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'datetime'}, options)
export const interval = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'interval'}, options)
export const json = (name: string, options: ColumnOptions = {}): Part => column(name, {kind: 'json'}, options)

/** `defaultText` is given for nearly every one: the empty text, or nothing for a column that stays NULL. */
export const varchar = (name: string, length: number, options: ColumnOptions = {}): Part =>
  column(name, {kind: 'varchar', length}, options)

/** A nullable text that is stored as `''` when nothing is given. */
export const optional = (name: string, length: number, options: ColumnOptions = {}): Part =>
  varchar(name, length, {default: '', ...options})

/** A constraint over several columns; without a name the database chooses one. */
export function unique(name: string | undefined, ...columns: string[]): Part {
  return (made) => ({...made, uniques: [...made.uniques, name ? {name, columns} : {columns}]})
}

export function index(name: string, ...columns: string[]): Part {
  return (made) => ({...made, indexes: [...made.indexes, {name, columns, unique: false}]})
}

/** Changes of a release: each gives a new table and leaves the old one as it was. */
export function addColumn(part: Part, {after}: {after?: string} = {}): Part {
  return (made) => {
    const added = part({...made, columns: []}).columns[0] as Column
    const rest = part({...made, columns: []})
    const at = after === undefined ? made.columns.length : made.columns.findIndex((found) => found.name === after) + 1
    return {...rest, columns: [...made.columns.slice(0, at), added, ...made.columns.slice(at)]}
  }
}

export function dropColumn(name: string): Part {
  return (made) => ({...made, columns: made.columns.filter((found) => found.name !== name)})
}

export function alterColumn(name: string, change: Partial<Column>): Part {
  return (made) => ({
    ...made,
    columns: made.columns.map((found) => (found.name === name ? {...found, ...change} : found)),
  })
}

export const widen = (name: string, length: number): Part => alterColumn(name, {type: {kind: 'varchar', length}})

export function renameColumn(from: string, to: string): Part {
  return alterColumn(from, {name: to})
}

export function useSequence(sequence: string | undefined): Part {
  return ({sequence: _, ...made}) => (sequence ? {...made, sequence} : made)
}

export function replaceUnique(name: string, ...columns: string[]): Part {
  return (made) => ({
    ...made,
    uniques: made.uniques.map((found) => (found.name === name ? {name, columns} : found)),
  })
}
