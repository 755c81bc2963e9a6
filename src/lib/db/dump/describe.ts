import type {LiveIndex, LiveTable} from '../catalogue.js'
import type {Connection} from '../connect.js'
import {allReleases} from '../schema/releases.js'
import type {ReleaseSchema} from '../schema/releases.js'
import type {DumpDialect, DumpTable} from './contract.js'

/** What of a database belongs into a dump: all its tables. The order is by name, the same everywhere. */
export async function describeTables(
  {dialect, knex: k}: Pick<Connection, 'dialect' | 'knex'>,
  release: ReleaseSchema,
): Promise<DumpTable[]> {
  const {tables} = await dialect.readCatalogue(k)
  const indexes = await dialect.readIndexes(k)
  return [...tables.values()]
    .filter(({name}) => !name.startsWith('sqlite_') && !name.startsWith('pi_restore'))
    .map((live) => describeTable(live, indexes, release, dialect.dump))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A table as a dump describes it: by its release where one knows it, else by what the database says. */
export function describeTable(
  live: LiveTable,
  indexes: readonly LiveIndex[],
  release: ReleaseSchema,
  dump: DumpDialect,
): DumpTable {
  const described = release.tables.get(live.name)
  const known = new Map(
    [...(described?.columns ?? []), ...otherReleases(live.name)].map((column) => [column.name, column.type]),
  )
  const own = indexes.filter(({table}) => table === live.name)
  const primaryKey = described?.primaryKey ?? primaryKeyOf(live, own)
  return {
    name: live.name,
    columns: [...live.columns.values()].map((column) => {
      const type = known.get(column.name) ?? dump.typeOf(column)
      // A column that was widened by hand stays so.
      const length = column.length ?? 0
      return {
        name: column.name,
        nullable: column.nullable && !primaryKey.includes(column.name),
        type: type.kind === 'varchar' && length > type.length ? {kind: 'varchar', length} : type,
      }
    }),
    primaryKey: primaryKey.filter((name) => live.columns.has(name)),
    generated: described?.generatedKey ?? live.columns.get('id')?.generated ?? false,
    indexes: own
      .filter(({columns}) => columns.join() !== primaryKey.join())
      .map(({columns, unique}) => ({columns, unique})),
  }
}

/** A database can be ahead of its stamp. */
function otherReleases(table: string) {
  return allReleases.flatMap((release) => [...(release.tables.get(table)?.columns ?? [])]).reverse()
}

function primaryKeyOf(live: LiveTable, indexes: readonly LiveIndex[]): readonly string[] {
  const found = indexes.find(({name}) => /^PRIMARY$|_pkey$|_pkc$|^rowid$/i.test(name))
  if (found) return found.columns
  const unique = indexes.find(
    ({columns, unique}) => unique && columns.every((name) => live.columns.get(name)?.nullable === false),
  )
  return unique?.columns ?? []
}
