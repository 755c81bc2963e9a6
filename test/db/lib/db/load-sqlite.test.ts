import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import {sixDigits} from '../../../../src/lib/db/dates.js'
import {releaseSchema} from '../../../../src/lib/db/schema/releases.js'
import {DatabaseService} from '../../../../src/lib/services/database.js'
import type {Settings} from '../../../../src/lib/config/settings.js'
import {describeEachDatabase} from '../../../support/database.js'
import {fixture} from '../../../support/folders.js'
import {loadSqliteInto} from '../../../support/load-sqlite.js'

describeEachDatabase('databases written by the original', (open) => {
  for (const folder of ['privacyidea-3.8', 'privacyidea-3.14dev', 'events', 'http', 'janitor']) {
    it(`hold the same rows on every database: ${folder}`, async function () {
      this.timeout(120_000)
      const file = fixture('interop', folder, folder === 'http' ? 'base.sqlite' : 'data.sqlite')
      const original = await openDatabase(`sqlite:///${file}`, {readOnly: true})
      const uri = await open.emptyUri()

      await loadSqliteInto(uri, file)

      const copy = await openDatabase(uri)
      const {product, version} = original.schema
      expect(copy.schema).to.include({product, version, revision: original.schema.revision})
      for (const {name, columns, primaryKey} of releaseSchema(product, version).tables.values()) {
        const booleans = columns.filter(({type}) => type.kind === 'boolean').map((column) => column.name)
        const dates = columns.filter(({type}) => type.kind === 'datetime').map((column) => column.name)
        const rowsOf = async (db: typeof copy) => {
          const rows = (await db.k(name).orderBy([...primaryKey])) as Record<string, unknown>[]
          return rows
            .map((row) => {
              for (const column of booleans) row[column] = row[column] === null ? null : db.bool(row[column])
              for (const column of dates) row[column] = row[column] === null ? null : sixDigits(String(row[column]))
              return JSON.stringify(row, Object.keys(row).sort())
            })
            .sort()
        }
        expect(await rowsOf(copy), name).to.deep.equal(await rowsOf(original))
      }
      const settings = {product, get: () => undefined} as unknown as Settings
      const status = await new DatabaseService({uri, settings, warn: () => {}}).status()
      expect(status).to.deep.include({product, version, clean: true, remarks: []})
      await copy.close()
      await original.close()
    })
  }
})
