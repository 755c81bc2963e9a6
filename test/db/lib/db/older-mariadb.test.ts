import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'

describeEachDatabase('servers that cannot read JSON', (open) => {
  for (const version of ['3.8', '3.12']) {
    it(`take rows of ${version} all the same`, async () => {
      const db = await openDatabase(await open.freshUri({version}))
      pretendOld(db)
      const [token] = await db.insert('token', [{serial: 'OLD', active: true}])
      const values = [`'`, '\\', '?', '\u{1F511}', '', null]

      const ids = await db.insert(
        'tokeninfo',
        values.map((Value, at) => ({token_id: token, Key: `k${at}`, Value})),
      )
      await db.insert('tokenrealm', [{token_id: token}])

      const rows = await db.k('tokeninfo').orderBy('id')
      expect(rows.map((row) => [row.id, row.Value])).to.deep.equal(ids.map((id, at) => [id, values[at]]))
      expect(db.bool((await db.k('token').first()).active)).to.equal(true)
      await db.close()
    })
  }

  /** A MariaDB before 10.6; it changes nothing elsewhere. */
  function pretendOld(db: Database): void {
    if (db.dialect === 'mariadb') (db.k.client as {version: string}).version = '10.4.0'
  }
})
