import {expect} from 'chai'
import {Batches} from '../../../../src/lib/batching/batches.js'
import {FreshReading} from '../../../../src/lib/batching/fresh-reading.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('batches', () => {
  it('take together what comes at once, and give each its result', async () => {
    const seen: number[][] = []
    const batches = new Batches<number, number>({
      size: 3,
      lanes: 1,
      run: async (items) => {
        seen.push([...items])
        await turn()
        return items.map((item) => item * 10)
      },
    })

    const results = await Promise.all([1, 2, 3, 4].map((item) => batches.submit(item)))

    expect(results).to.deep.equal([10, 20, 30, 40])
    expect(seen).to.deep.equal([[1, 2, 3], [4]])
  })

  it('fail those of the batch, and go on', async () => {
    const batches = new Batches<number, number>({
      size: 1,
      lanes: 1,
      run: async ([item]) => {
        if (item === 1) throw new Error('no')
        return [item!]
      },
    })

    const [first, second] = await Promise.allSettled([batches.submit(1), batches.submit(2)])

    expect([first?.status, second?.status]).to.deep.equal(['rejected', 'fulfilled'])
    await batches.settled()
  })
})

describe('a fresh reading', () => {
  it('began after it was asked for, and is shared by those who wait', async () => {
    let begun = 0
    const reading = new FreshReading(async () => {
      const mine = ++begun
      await turn()
      return mine
    })

    const first = reading.get()
    const [second, third] = [reading.get(), reading.get()]

    expect(await Promise.all([first, second, third])).to.deep.equal([1, 2, 2])
    expect(await reading.get()).to.equal(3)
  })

  it('that fails does not hold up the next', async () => {
    let begun = 0
    const reading = new FreshReading(async () => {
      if (++begun === 1) throw new Error('gone')
      return begun
    })
    const first = reading.get().catch((error: Error) => error.message)

    expect([await first, await reading.get()]).to.deep.equal(['gone', 2])
  })
})
