import type {Connection} from './connect.js'
import {inOrderOfReference} from './create.js'
import {allReleases} from './schema/releases.js'
import type {Table} from './schema/table.js'

/**
 * Drops every table that some release of either product has, its sequences, and the stamp. Tables of others, like those
 * of internal resolvers, stay.
 * @returns the names of the tables dropped
 */
export async function dropSchema({knex: k, dialect}: Pick<Connection, 'knex' | 'dialect'>): Promise<string[]> {
  const {tables, sequences} = await dialect.readCatalogue(k)
  const {quote} = dialect.ddl
  const known = new Map<string, Table>(allReleases.flatMap((release) => [...release.tables]))
  const present = inOrderOfReference([...known.values()])
    .map((table) => table.name)
    .filter((name) => tables.has(name))
    .reverse()
  if (tables.has('alembic_version')) present.push('alembic_version')
  const owned = new Set(
    allReleases.flatMap((release) => [...release.tables.values()].flatMap((table) => table.sequence ?? [])),
  )
  await k.transaction(async (trx) => {
    for (const name of present) await trx.raw(`DROP TABLE ${quote(name)}`)
    for (const name of [...sequences].filter((found) => owned.has(found))) await trx.raw(`DROP SEQUENCE ${quote(name)}`)
  })
  return present
}
