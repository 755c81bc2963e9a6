import type {Settings} from '../../config/settings.js'
import {connect, type Connection} from '../../db/connect.js'
import type {Catalogue} from '../../db/catalogue.js'
import {createSchema} from '../../db/create.js'
import {dropSchema} from '../../db/drop.js'
import {readRevisions, recognise} from '../../db/recognise.js'
import type {Product} from '../../db/revision.js'
import {allReleases, releaseSchema} from '../../db/schema/releases.js'
import {PiError} from '../../errors.js'
import type {Made} from './key-material.js'

export interface EnsuredSchema {
  made: Made
  product: Product
  version: string
  revision: string | null
  /** Without password. */
  database: string
}

/**
 * Makes the tables of a release and stamps it. MariaDB commits after each statement, so a crash can leave a part of
 * them: then, and only while all of them are empty, they are made anew.
 * @throws PiError CONFIG, REFUSED (tables with rows and no stamp), UNAVAILABLE
 */
export async function ensureSchema(
  uri: string,
  settings: Settings,
  wanted: {product: Product; version: string},
  warn: (message: string) => void,
): Promise<EnsuredSchema> {
  const connection = await connect(uri, {create: true, settings, warn})
  try {
    if (connection.dialect.name === 'sqlite') await connection.knex.raw('PRAGMA journal_mode = WAL')
    const catalogue = await connection.dialect.readCatalogue(connection.knex)
    const stamped = await readRevisions(connection.knex, catalogue)
    const release = releaseSchema(wanted.product, wanted.version)
    const common = {database: connection.description}
    if (stamped.length > 0) {
      const found = recognise(catalogue, stamped, {purpose: 'main', warn})
      if (!found)
        throw new PiError('REFUSED', `The database is stamped, but has no tables (${connection.description}).`)
      const {product, revision, version} = found.schema
      return {...common, made: 'kept', product, revision: revision ?? null, version}
    }
    await removeEmptyTables(connection, catalogue)
    await createSchema(connection, wanted.product, wanted.version)
    const revision = (await readRevisions(connection.knex, await connection.dialect.readCatalogue(connection.knex)))[0]
    return {...common, made: 'made', product: wanted.product, revision: revision ?? null, version: release.version}
  } finally {
    await connection.knex.destroy()
  }
}

async function removeEmptyTables(connection: Connection, catalogue: Catalogue): Promise<void> {
  const {description, knex} = connection
  const known = new Set(allReleases.flatMap((release) => [...release.tables.keys()]))
  for (const table of catalogue.tables.keys()) {
    if (!known.has(table) || (await knex(table).first()) === undefined) continue
    throw new PiError('REFUSED', `The database is in use: the table ${table} has rows (${description}).`, {
      hints: ['See pi-manage db status and db check'],
    })
  }
  await dropSchema(connection)
}
