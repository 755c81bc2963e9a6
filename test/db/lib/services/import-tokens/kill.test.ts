import {expect} from 'chai'
import {describeEachDatabase} from '../../../../support/database.js'
import {KilledImport} from '../../../../support/kill-import.js'

describeEachDatabase('An import that is killed', (open) => {
  it('leaves whole tokens only, and is completed by the next one', async function () {
    this.timeout(300_000)
    const killed = new KilledImport(await open.freshUri(), 4000)

    const counts = [await killed.kill(0.2)]
    await killed.complete('skip')
    counts.push(await killed.kill(0.6))
    await killed.complete('update')

    expect(counts.some((count) => count > 0 && count < 4000)).to.equal(true)
  })
})
