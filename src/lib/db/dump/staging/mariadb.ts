import type {Knex} from 'knex'
import {connect} from '../../connect.js'
import type {Dialect} from '../../dialect.js'
import {PiError} from '../../../errors.js'
import type {Staging} from './contract.js'
import {outdatedSequences, outdatedTables} from './outdated.js'

const newMark = 'pi_restore_new_'
const oldMark = 'pi_restore_old_'

/**
 * New tables beside the old ones under other names, then one RENAME TABLE, which the server does as a whole. What a run
 * that died left behind has these names and is taken away by the next.
 */
export const stageInMariadb: Staging = async ({uri, options, tables, sequences, fill, onSwap}) => {
  const {dialect, knex: k} = await connect(uri, options)
  try {
    // For the one connection: statements that make tables end any transaction there.
    await k.transaction(async (trx) => {
      const read = async (sql: string, bindings: readonly unknown[] = []) =>
        dialect.dump.rows(await trx.raw(sql, [...bindings] as never[]))
      const [lock] = await read("SELECT GET_LOCK(CONCAT('pi-manage.restore ', DATABASE()), 0) AS taken")
      if (lock?.['taken'] !== 1) throw new PiError('LOCKED', 'Another restore into this database is under way.')
      // A dump holds what the database held, orphans included; and the order of the tables does not matter.
      await trx.raw('SET SESSION foreign_key_checks = 0, autocommit = 0')
      await removeRemains(trx, dialect)
      const replaces = (await dialect.readCatalogue(trx)).tables.size > 0
      try {
        await fill({dialect, k: trx, read, nameOf: (name) => `${newMark}${name}`, referencesLast: false, replaces})
        await onSwap()
        await swap(trx, dialect, tables, sequences)
      } catch (error) {
        await removeRemains(trx, dialect).catch(() => {})
        throw error
      }
      await removeRemains(trx, dialect)
    })
  } finally {
    await k.destroy()
  }
}

async function swap(trx: Knex, dialect: Dialect, tables: readonly string[], sequences: readonly string[]) {
  const catalogue = await dialect.readCatalogue(trx)
  const away = [...outdatedTables(catalogue, tables), ...outdatedSequences(catalogue, sequences)]
  const made = [...catalogue.tables.keys(), ...catalogue.sequences].filter((name) => name.startsWith(newMark))
  const renames = [
    ...away.map((name) => `\`${name}\` TO \`${oldMark}${name}\``),
    ...made.map((name) => `\`${name}\` TO \`${name.slice(newMark.length)}\``),
  ]
  await trx.raw(`RENAME TABLE ${renames.join(', ')}`)
}

async function removeRemains(trx: Knex, dialect: Dialect): Promise<void> {
  const {tables, sequences} = await dialect.readCatalogue(trx)
  const isOurs = (name: string) => name.startsWith(newMark) || name.startsWith(oldMark)
  for (const name of [...tables.keys()].filter((found) => isOurs(found))) await trx.raw(`DROP TABLE \`${name}\``)
  for (const name of [...sequences].filter((found) => isOurs(found))) await trx.raw(`DROP SEQUENCE \`${name}\``)
}
