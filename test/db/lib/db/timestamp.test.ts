import {expect} from 'chai'
import type {Database} from '../../../../src/lib/db/database.js'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

describeEachDatabase('the configuration timestamp', (open) => {
  const stored = async (db: Database) => (await db.k('config').where({Key: '__timestamp__'})) as {Value: string}[]

  for (const [release, form] of [
    [{version: '3.8'}, /^\d{10}$/],
    [{version: '3.12'}, /^\d{10}$/],
    [{product: 'edumfa', version: '2.9.1'}, /^\d{10}$/],
    [{version: '3.13'}, /^\d{10}\.\d+$/],
    [{version: '3.14dev1'}, /^\d{10}\.\d+$/],
  ] as const) {
    it(`is written as ${JSON.stringify(release)} writes it, first and again`, async () => {
      const db = await open.fresh(release)
      const began = Math.floor(Date.now() / 1000)

      await db.bumpTimestamp()
      const [first] = await stored(db)
      await db.k('config').where({Key: '__timestamp__'}).update({Value: '1000000000', Description: null})
      await db.bumpTimestamp()

      expect(first).to.include({Type: '', Description: 'config timestamp. last changed.'})
      const rows = await stored(db)
      expect(rows).to.have.length(1)
      expect(rows[0]).to.include({Description: 'config timestamp. last changed.'})
      expect(rows[0]?.Value).to.match(form)
      expect(Number(rows[0]?.Value)).to.be.within(began, Date.now() / 1000 + 1)
    })
  }

  it('never goes back', async () => {
    const db = await open.fresh()
    await db.insert('config', [{Key: '__timestamp__', Value: '4000000000'}])

    await db.bumpTimestamp()

    expect((await stored(db))[0]?.Value).to.equal('4000000000')
  })

  it('goes with the change that it announces', async () => {
    const db = await open.fresh()

    const failure = await failureOf(
      db.transaction(async (tx) => {
        await tx.insert('policy', [{name: 'p', scope: 'admin'}])
        await tx.bumpTimestamp()
        throw new Error('no')
      }),
    )

    expect(failure?.message).to.equal('no')
    expect(await stored(db)).to.deep.equal([])
  })

  it('is one row when many write it for the first time at once', async () => {
    const uri = await open.freshUri()
    const many = await Promise.all([1, 2, 3, 4].map(() => openDatabase(uri)))

    await Promise.all(
      many.map((db, at) =>
        db.transaction(async (tx) => {
          await tx.insert('realm', [{name: `r${at}`}])
          await tx.bumpTimestamp()
        }),
      ),
    )

    expect(await stored(many[0]!)).to.have.length(1)
    expect(await many[0]!.k('realm')).to.have.length(4)
    for (const db of many) await db.close()
  })
})
