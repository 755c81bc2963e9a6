import type {Settings} from '../../config/settings.js'
import {Loader} from '../../db/dump/load.js'
import type {Stage} from '../../db/dump/staging/contract.js'
import {stagingFor} from '../../db/dump/staging/registry.js'
import {newTimestamp} from '../../db/open-database.js'
import {releaseSchema} from '../../db/schema/releases.js'
import {PiError} from '../../errors.js'
import {readArchive} from './archive-reader.js'
import type {CheckedArchive} from './check.js'
import type {OpenWith} from './envelope.js'
import {damagedArchive} from './format.js'

export interface DatabaseRestore {
  archive: CheckedArchive
  keys: OpenWith
  uri: string
  /** For the options of the connection. */
  settings: Settings | undefined
  warn: (message: string) => void
  onRows?: (table: string, rows: number) => void
  /** Told when only the swap is left to do. */
  onSwap?: () => Promise<void>
}

/**
 * Puts the tables of an archive into a database of any kind: they are made beside the old ones, filled, read back and
 * compared with the manifest; then they take their place.
 * @throws PiError INTEGRITY, REFUSED (rows that the database does not take), LOCKED, UNAVAILABLE
 */
export async function restoreDatabase(restore: DatabaseRestore): Promise<void> {
  const {archive, settings, uri, warn, onSwap = async () => {}} = restore
  const {database, product} = archive.header
  if (!database) throw new PiError('USAGE', `${archive.file} holds key files only, and no database.`)
  const release = releaseSchema(product, database.release)
  const tables = database.tables.map(({name}) => name)
  const staging = await stagingFor(uri)
  await staging({
    uri,
    options: {create: true, settings, warn},
    tables,
    sequences: tables.flatMap((name) => release.tables.get(name)?.sequence ?? []),
    fill: (stage) => fill(restore, stage),
    onSwap,
  })
}

async function fill({archive, keys, warn, onRows}: DatabaseRestore, stage: Stage): Promise<void> {
  const {header, longest, manifest} = archive
  const {release: version, sequences, tables} = header.database!
  const release = releaseSchema(header.product, version)
  const loader = await Loader.create(stage, tables, {release, longest})
  const again = await readArchive(archive.file, keys, {
    header(found) {
      if (JSON.stringify(found) !== JSON.stringify(header)) throw changedMeanwhile(archive.file)
    },
    async rows(table, rows) {
      await loader.insert(table, rows)
      onRows?.(table, rows.length)
    },
  })
  if (JSON.stringify(again.manifest) !== JSON.stringify(manifest)) throw changedMeanwhile(archive.file)
  const orphaned = await loader.finish(release, new Map(Object.entries(sequences)))
  for (const table of new Set(orphaned)) warn(`The table ${table} has rows that refer to nothing; they were kept.`)
  const expected = new Map(manifest.tables.map((table) => [table.name, table]))
  for await (const {name, rows, sha256} of loader.digests()) {
    const table = expected.get(name)
    if (table?.rows === rows && table.sha256 === sha256) continue
    throw new PiError(
      'REFUSED',
      `The table ${name} does not come out of this database as it went in; nothing was changed.`,
      {
        hints: ['Restore into a database of the kind that the backup was made of'],
      },
    )
  }
  if (stage.replaces) await letServersReload(stage)
}

/** Servers that run on the database keep its configuration in memory (spec/01 §7). */
async function letServersReload({k, nameOf}: Stage): Promise<void> {
  const table = nameOf('config')
  const row = (await k(table).where({Key: '__timestamp__'}).first('Value')) as {Value: string | null} | undefined
  if (row)
    await k(table)
      .where({Key: '__timestamp__'})
      .update({Value: newTimestamp(row.Value ?? '', Date.now(), false)})
}

function changedMeanwhile(file: string): PiError {
  return damagedArchive(file, 'it was changed while it was read')
}
