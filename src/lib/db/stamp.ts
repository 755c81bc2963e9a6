import {PiError} from '../errors.js'
import {checkSchema} from './check.js'
import type {Connection} from './connect.js'
import {literal, stampTable} from './create.js'
import {fingerprint} from './fingerprint.js'
import {findRevision, headOf, type Product} from './revision.js'
import {releaseSchema} from './schema/releases.js'

interface Stamp {
  product: Product
  version: string
  revision: string
}

/**
 * Writes the one row of alembic_version.
 * @param wanted a revision, a release as `3.12`, or `head` for the release that the tables speak of
 * @throws PiError CONFIG (unknown), REFUSED (tables or columns of that release are missing, unless `force`)
 */
export async function stampSchema(
  {knex: k, dialect}: Pick<Connection, 'knex' | 'dialect'>,
  product: Product,
  wanted: string,
  {force}: {force: boolean},
): Promise<Stamp> {
  const catalogue = await dialect.readCatalogue(k)
  const stamp = wanted === 'head' ? headOfTables(fingerprint(catalogue)) : namedStamp(product, wanted)
  const release = releaseSchema(stamp.product, stamp.version)
  const findings = await checkSchema({k, dialect, catalogue, stamped: [stamp.revision]}, release)
  const missing = findings.filter(({kind}) => kind === 'missing-table' || kind === 'missing-column')
  if (missing.length > 0 && !force) {
    throw new PiError(
      'REFUSED',
      `The tables are not those of ${stamp.product} ${stamp.version}: ${missing[0]?.message}`,
      {
        hints: ['Use "head" for the release that they speak of', 'Add --force to stamp them all the same'],
      },
    )
  }
  await k.transaction(async (trx) => {
    if (catalogue.tables.has('alembic_version')) await trx('alembic_version').delete()
    else await trx.raw(literal(stampTable(dialect)))
    await trx('alembic_version').insert({version_num: stamp.revision})
  })
  return stamp
}

function headOfTables(found: {product: Product; version: string} | undefined): Stamp {
  const revision = found && headOf(found.product, found.version)
  if (!found || !revision) {
    throw new PiError('CONFIG', 'The tables are not those of any known release.', {hints: ['See pi-manage db heads']})
  }
  return {...found, revision}
}

function namedStamp(product: Product, wanted: string): Stamp {
  const known = findRevision(wanted)
  if (known && known.version !== '3.7') return {product: known.product, version: known.version, revision: known.id}
  const release = /^\d+\.\d/.test(wanted) ? releaseSchema(product, wanted) : undefined
  const revision = release && headOf(release.product, release.version)
  if (!release || !revision) {
    throw new PiError('CONFIG', `The revision '${wanted}' is not known.`, {hints: ['See pi-manage db heads']})
  }
  return {product: release.product, version: release.version, revision}
}
