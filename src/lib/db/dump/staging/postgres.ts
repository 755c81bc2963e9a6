import {connect} from '../../connect.js'
import {PiError} from '../../../errors.js'
import type {Staging} from './contract.js'
import {outdatedSequences, outdatedTables} from './outdated.js'

const schema = 'pi_restore'
/** Of advisory locks: `pi-r` in ASCII. */
const lockKey = 0x70692d72

/**
 * Everything in one transaction: new tables in a schema of their own, then the old ones are dropped and the new ones take
 * their place. Until the commit nobody sees or waits for anything; whoever dies before it has done nothing.
 */
export const stageInPostgres: Staging = async ({uri, options, tables, sequences, fill, onSwap}) => {
  const {dialect, knex: k} = await connect(uri, options)
  try {
    await k.transaction(async (trx) => {
      const read = async (sql: string, bindings: readonly unknown[] = []) =>
        dialect.dump.rows(await trx.raw(sql, [...bindings] as never[]))
      const catalogue = await dialect.readCatalogue(trx)
      const [place] = await read(
        `SELECT current_schema() AS home, current_setting('search_path') AS path, pg_try_advisory_xact_lock(${lockKey}) AS free`,
      )
      if (place?.['free'] !== true) throw new PiError('LOCKED', 'Another restore into this database is under way.')
      const home = String(place['home'])
      await trx.raw(`CREATE SCHEMA "${schema}"`)
      await trx.raw(`SET LOCAL search_path TO "${schema}"`)
      await fill({
        dialect,
        k: trx,
        read,
        nameOf: (name) => name,
        referencesLast: true,
        replaces: catalogue.tables.size > 0,
      })
      await onSwap()
      for (const name of outdatedTables(catalogue, tables)) await trx.raw(`DROP TABLE "${home}"."${name}"`)
      for (const name of outdatedSequences(catalogue, sequences)) await trx.raw(`DROP SEQUENCE "${home}"."${name}"`)
      const made = await dialect.readCatalogue(trx)
      const owned = new Set(
        (
          await read(
            `SELECT c.relname AS name FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')
              WHERE c.relkind = 'S' AND c.relnamespace = '${schema}'::regnamespace`,
          )
        ).map((row) => row['name']),
      )
      for (const name of made.tables.keys()) await trx.raw(`ALTER TABLE "${name}" SET SCHEMA "${home}"`)
      for (const name of made.sequences) {
        if (!owned.has(name)) await trx.raw(`ALTER SEQUENCE "${name}" SET SCHEMA "${home}"`)
      }
      await trx.raw(`DROP SCHEMA "${schema}"`)
    })
  } finally {
    await k.destroy()
  }
}
