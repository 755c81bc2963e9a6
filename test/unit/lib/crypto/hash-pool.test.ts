import {expect} from 'chai'
import {HashPool} from '../../../../src/lib/crypto/password-hash/hash-pool.js'
import {failureOf} from './vectors.js'

/** Tasks that end when told to. */
function controlled() {
  const ends: (() => void)[] = []
  let running = 0
  let most = 0
  return {
    ends,
    most: () => most,
    task: (memoryKib: number, key?: string) => ({
      memoryKib,
      ...(key !== undefined && {key}),
      run: () =>
        new Promise<number>((resolve) => {
          running += 1
          most = Math.max(most, running)
          ends.push(() => {
            running -= 1
            resolve(ends.length)
          })
        }),
    }),
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('HashPool', () => {
  it('never has more memory in use than allowed', async () => {
    const pool = new HashPool({memoryMib: 256, parallel: 100})
    const {ends, most, task} = controlled()
    const all = Array.from({length: 10}, () => pool.run(task(64 * 1024)))

    await settled()
    expect(pool.load).to.deep.equal({memoryKib: 256 * 1024, running: 4, waiting: 6})
    for (let at = 0; at < 10; at++) {
      ends[at]?.()
      await settled()
    }
    await Promise.all(all)
    expect(most()).to.equal(4)
    expect(pool.load).to.deep.equal({memoryKib: 0, running: 0, waiting: 0})
  })

  it('bounds the number of tasks that need little memory', async () => {
    const pool = new HashPool({parallel: 2})
    const {ends, task} = controlled()
    const all = Array.from({length: 3}, () => pool.run(task(1)))

    await settled()
    expect(pool.load).to.include({running: 2, waiting: 1})
    for (const end of ends) end()
    await settled()
    ends.at(-1)?.()
    await Promise.all(all)
  })

  it('runs a task that is larger than the pool alone, and a monstrous one never', async () => {
    const pool = new HashPool({memoryMib: 64, parallel: 4})
    const {ends, task} = controlled()
    const first = pool.run(task(1024))
    const large = pool.run(task(512 * 1024))

    await settled()
    expect(pool.load).to.include({running: 1, waiting: 1})
    ends[0]?.()
    await first
    await settled()
    expect(pool.load).to.include({running: 1, waiting: 0})
    ends[1]?.()
    await large
    expect(await failureOf(pool.run(task(4_000_000)))).to.include({code: 'UNAVAILABLE'})
    expect(await failureOf(pool.run(task(NaN)))).to.include({code: 'UNAVAILABLE'})
  })

  it('serves in the order of arrival, so that a large task is not starved', async () => {
    const pool = new HashPool({memoryMib: 100, parallel: 10})
    const {ends, task} = controlled()
    void pool.run(task(60 * 1024))
    void pool.run(task(60 * 1024))
    void pool.run(task(1024))

    await settled()
    expect(pool.load).to.include({running: 1, waiting: 2})
    ends[0]?.()
    await settled()
    expect(pool.load).to.include({running: 2, waiting: 0})
  })

  it('tells who waited too long, and lets the next in', async () => {
    const pool = new HashPool({maxWaitMs: 20, memoryMib: 100, parallel: 10})
    const {task} = controlled()
    void pool.run(task(60 * 1024))
    const late = failureOf(pool.run(task(60 * 1024)))
    const small = pool.run({memoryKib: 1024, run: async () => 'done'})

    expect(await late).to.include({code: 'UNAVAILABLE'})
    expect(await small).to.equal('done')
  })

  it('refuses at once when too many wait', async () => {
    const pool = new HashPool({maxWaiting: 1, parallel: 1})
    const {task} = controlled()
    void pool.run(task(1))
    void pool.run(task(1))

    expect(await failureOf(pool.run(task(1)))).to.include({code: 'UNAVAILABLE'})
  })

  it('lets bulk work wait as long as it takes', async () => {
    const pool = new HashPool({maxWaitMs: 1, maxWaiting: 0, parallel: 1})
    const results = await Promise.all(
      Array.from({length: 20}, (_, at) =>
        pool.run({memoryKib: 1, patient: true, run: () => new Promise((done) => setTimeout(() => done(at), 2))}),
      ),
    )

    expect(results).to.deep.equal(Array.from({length: 20}, (_, at) => at))
  })

  it('computes the same thing once for all who ask at the same time', async () => {
    const pool = new HashPool()
    const {ends, task} = controlled()
    const all = Array.from({length: 50}, () => pool.run(task(1024, 'same')))
    const other = pool.run(task(1024, 'other'))

    await settled()
    expect(ends).to.have.length(2)
    for (const end of ends) end()
    expect(new Set(await Promise.all(all)).size).to.equal(1)
    await other
    const again = pool.run(task(1024, 'same'))
    await settled()
    expect(ends).to.have.length(3)
    ends[2]?.()
    await again
  })

  it('goes on after a task failed', async () => {
    const pool = new HashPool({parallel: 1})
    const failed = pool.run({
      key: 'k',
      memoryKib: 1,
      run: async () => {
        throw new Error('broken')
      },
    })

    expect((await failureOf(failed)).message).to.equal('broken')
    expect(await pool.run({key: 'k', memoryKib: 1, run: async () => 1})).to.equal(1)
  })
})
