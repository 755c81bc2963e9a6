import {expect} from 'chai'
import type {Database} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'

describeEachDatabase('inserting rows', (open) => {
  let db: Database

  before(async () => {
    db = await open()
  })

  it('gives each row its id, in order', async () => {
    const ids = await db.insert(
      'token',
      Array.from({length: 1234}, (_, at) => ({serial: `ORDER${at}`, otplen: (at % 3) + 6})),
    )

    const rows = await db.k('token').select('id', 'serial', 'otplen').where('serial', 'like', 'ORDER%').orderBy('id')
    expect(ids).to.have.length(1234)
    expect(new Set(ids).size).to.equal(1234)
    const byId = new Map(rows.map((row) => [row.id, row]))
    ids.forEach((id, at) => expect(byId.get(id)).to.include({serial: `ORDER${at}`, otplen: (at % 3) + 6}))
  })
})
