import {expect} from 'chai'
import {DatabaseError} from '../../../../src/lib/db/failures.js'
import {Queue} from '../../../../src/lib/db/queue.js'
import {retryOnConflict} from '../../../../src/lib/db/retry.js'

const conflict = () => new DatabaseError({kind: 'conflict'}, undefined)

describe('repeating after a conflict', () => {
  it('goes on until it works', async () => {
    let attempts = 0
    const result = await retryOnConflict(
      async () => {
        if (++attempts < 4) throw conflict()
        return 'done'
      },
      {firstPauseMs: 1},
    )

    expect({result, attempts}).to.deep.equal({result: 'done', attempts: 4})
  })

  it('ends with the conflict after the last attempt', async () => {
    let attempts = 0
    let failure: unknown
    await retryOnConflict(
      async () => {
        attempts++
        throw conflict()
      },
      {attempts: 3, firstPauseMs: 1},
    ).catch((error: unknown) => (failure = error))

    expect(attempts).to.equal(3)
    expect(failure).to.include({code: 'UNAVAILABLE', kind: 'conflict'})
  })

  it('lets every other failure through at once', async () => {
    for (const error of [new Error('defect'), new DatabaseError({kind: 'duplicate'}, undefined)]) {
      let attempts = 0
      let failure: unknown
      await retryOnConflict(async () => {
        attempts++
        throw error
      }).catch((thrown: unknown) => (failure = thrown))

      expect(attempts).to.equal(1)
      expect(failure).to.equal(error)
    }
  })
})

describe('the queue of writers', () => {
  it('lets them in one at a time, in order, also after one failed', async () => {
    const queue = new Queue()
    const seen: string[] = []
    const work = (name: string, fails = false) =>
      queue.run(async () => {
        seen.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 2))
        seen.push(`${name} ends`)
        if (fails) throw new Error(name)
      })

    const results = await Promise.allSettled([work('a'), work('b', true), work('c')])

    expect(seen).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(results.map((result) => result.status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled'])
  })
})
