import {expect} from 'chai'
import type {Database, PageOptions} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

describeEachDatabase('pages', (open) => {
  let db: Database
  let ids: number[]

  before(async () => {
    db = await open()
    ids = await db.insert(
      'token',
      Array.from({length: 25}, (_, at) => ({serial: `P${at}`, otplen: at % 2 === 0 ? 6 : 8})),
    )
  })

  async function pagesOf(options: PageOptions): Promise<number[][]> {
    const pages: number[][] = []
    for await (const page of db.pages<{id: number}>('token', options)) pages.push(page.map((row) => row.id))
    return pages
  }

  it('go through a table in the order of its key', async () => {
    const pages = await pagesOf({size: 10})

    expect(pages.map((page) => page.length)).to.deep.equal([10, 10, 5])
    expect(pages.flat()).to.deep.equal(ids)
  })

  it('end after a last page that is full', async () => {
    expect(await pagesOf({size: 25})).to.deep.equal([ids])
    expect(await pagesOf({size: 5})).to.have.length(5)
  })

  it('go backwards, begin after a key, and take conditions', async () => {
    expect((await pagesOf({size: 7, descending: true})).flat()).to.deep.equal([...ids].reverse())
    expect((await pagesOf({size: 7, after: ids[19]!})).flat()).to.deep.equal(ids.slice(20))
    expect((await pagesOf({size: 3, build: (query) => query.where({otplen: 8}).select('id')})).flat()).to.deep.equal(
      ids.filter((_, at) => at % 2 === 1),
    )
  })

  it('are joined with other tables by their own key', async () => {
    await db.insert('tokeninfo', [{token_id: ids[3], Key: 'k', Value: 'v'}])

    const pages = await pagesOf({
      size: 2,
      build: (query) => query.leftJoin('tokeninfo', 'tokeninfo.token_id', 'token.id').select('token.id'),
    })

    expect(pages.flat()).to.deep.equal(ids)
  })

  it('let rows go while they are read: none is left out and none comes twice', async () => {
    const seen: number[] = []
    for await (const page of db.pages<{id: number}>('token', {size: 4})) {
      seen.push(...page.map((row) => row.id))
      await db.k('tokeninfo').delete()
      await db
        .k('token')
        .whereIn(
          'id',
          page.map((row) => row.id),
        )
        .delete()
    }

    expect(seen).to.deep.equal(ids)
  })

  it('tell a query that lost its key', async () => {
    await db.insert('token', [{serial: 'A'}, {serial: 'B'}])

    const failure = await failureOf(pagesOf({size: 1, build: (query) => query.select('serial')}))

    expect(failure?.message).to.contain('lacks its key id')
  })
})
