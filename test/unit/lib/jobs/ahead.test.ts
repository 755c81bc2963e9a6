import {expect} from 'chai'
import {ahead} from '../../../../src/lib/jobs/ahead.js'

describe('reading ahead', () => {
  it('gives every item in order, and has the next one under way', async () => {
    const fetched: number[] = []
    const lead: number[] = []
    async function* source(): AsyncGenerator<number> {
      for (let at = 0; at < 4; at++) {
        fetched.push(at)
        yield at
      }
    }

    const given: number[] = []
    for await (const item of ahead(source())) {
      await Promise.resolve()
      given.push(item)
      lead.push(fetched.length - given.length)
    }

    expect(given).to.deep.equal([0, 1, 2, 3])
    expect(lead).to.deep.equal([1, 1, 1, 0])
  })

  it('passes a failure on where it happens, and closes the source when the reader stops', async () => {
    let closed = 0
    async function* source(): AsyncGenerator<number> {
      try {
        yield 1
        yield 2
        throw new Error('gone')
      } finally {
        closed += 1
      }
    }

    const given: number[] = []
    const failure = await (async () => {
      for await (const item of ahead(source())) given.push(item)
    })().catch((error: unknown) => error)
    for await (const item of ahead(source())) if (item === 1) break

    expect(given).to.deep.equal([1, 2])
    expect((failure as Error).message).to.equal('gone')
    expect(closed).to.equal(2)
  })
})
